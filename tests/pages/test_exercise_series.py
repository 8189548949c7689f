"""Series of exercises, which have no reading: their names, and the slice on which they open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pages.components.series_names import distinct_names
from pages.components.teach.case_view import CaseView
from pages.components.teach.rooms.case_media import CaseMedia
from spine_core.phantom import build, write_study
from spine_core.study import open_study, sources_from_path
from spine_core.teaching.phantom_sets.case import true_levels
from spine_core.teaching.phantom_sets.specs import graded_case


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """Three sagittal slices and two axial stacks of a phantom, and where its levels are."""
    phantom = build(graded_case(0))
    folder = write_study(
        phantom, tmp_path_factory.mktemp("case"), sagittal=range(6, 9), axial=("L4/L5", "L5/S1")
    )
    study = open_study(list(sources_from_path(folder)))
    return study, true_levels(phantom, study).discs


def test_axial_stacks_of_an_exercise_are_named_by_the_levels_that_learners_are_shown(case):
    study, discs = case
    named = ["Sagittal T1", "Sagittal T2", "Axial T2, L4/L5", "Axial T2, L5/S1"]
    assert sorted(CaseView("case", study, discs).names.values()) == sorted(named)
    media = CaseMedia.of(study, discs)
    assert {one["name"] for one in media.facts()} <= set(named)
    assert any("L4/L5" in str(one["name"]) or "L5/S1" in str(one["name"]) for one in media.facts())


def test_sagittal_series_open_where_the_levels_are(case):
    study, discs = case
    aside = tuple(replace(one, slice_index=2) for one in discs)
    view = CaseView("case", study, aside)
    opened = {view.names[one.uid]: view.slice_of(one) for one in study.series}
    assert (opened["Sagittal T1"], opened["Sagittal T2"], opened["Axial T2, L4/L5"]) == (2, 2, 1)
    assert {CaseView("case", study, ()).slice_of(one) for one in study.series} == {1}


def test_without_levels_they_are_numbered(case):
    study, _ = case
    assert "Axial T2 (2)" in distinct_names(study, None).values()
