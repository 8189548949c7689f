"""Discs are named by the marks in the canal; a study in which the two contradict each other is skipped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spine_core.anatomy.detection import detect_discs
from spine_core.anatomy.types import BELOW, LEVELS, Anatomy
from spine_core.networks.registry import load_bundle
from spine_core.study import open_study, sources_from_path
from spine_core.study.types import Study, Weighting
from spine_core.training.rsna2024.dataset import Coordinate, read_dataset
from spine_core.training.rsna2024.levels import StudySkippedError, named_discs
from tests.training.rsna2024.made import REVERSED, T2, TRAINING

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def marks(rsna_folder) -> tuple[Coordinate, ...]:
    return next(one for one in read_dataset(rsna_folder).studies if one.study_id == TRAINING).coordinates


@pytest.fixture(scope="module")
def opened(rsna_folder) -> Study:
    return open_study(sources_from_path(rsna_folder / "train_images" / TRAINING))


@pytest.fixture(scope="module")
def found(opened) -> Anatomy:
    series = next(one for one in opened.series if one.weighting is Weighting.T2)
    return detect_discs(load_bundle().detector, series)


def levels(discs) -> list[str]:
    return [disc.level for disc in discs]


def lower(anatomy: Anatomy) -> Anatomy:
    """The same discs with every name one level more caudal, as a detector names them that counts wrongly."""
    names = dict(zip(LEVELS, (*LEVELS[1:], BELOW), strict=True))
    renamed = tuple(replace(disc, level=names[disc.level]) for disc in anatomy.discs)
    return replace(anatomy, discs=renamed[:-1], beyond=renamed[-1:])


def test_true_marks_leave_true_names(found, opened, marks) -> None:
    assert levels(found.discs) == list(LEVELS)
    assert named_discs(found, opened, marks) == found.discs


def test_marks_correct_a_count_that_is_off_by_one(found, opened, marks) -> None:
    assert named_discs(lower(found), opened, marks) == found.discs


def test_without_marks_in_the_canal_the_names_stay(found, opened, marks) -> None:
    elsewhere = [replace(one, condition="left_subarticular_stenosis") for one in marks]
    assert named_discs(lower(found), opened, elsewhere) == lower(found).discs


def test_discs_that_no_mark_names_are_left_out(found, opened, marks) -> None:
    assert levels(named_discs(found, opened, marks[1:])) == list(LEVELS[1:])


def test_a_mark_within_half_a_disc_distance_names_the_disc_and_a_farther_one_does_not(
    found, opened, marks
) -> None:
    def moved(pixels: float) -> list[Coordinate]:
        return [replace(marks[0], x=marks[0].x + pixels), *marks[1:]]

    assert levels(named_discs(found, opened, moved(5.0))) == list(LEVELS)
    assert levels(named_discs(found, opened, moved(found.discs[0].inter_disc_px / 2))) == list(LEVELS[1:])


CONTRADICTIONS = [
    (lambda one: replace(one, x=one.x - 90.0), "not where discs were found"),
    (lambda one: replace(one, instance_number=1), "not where discs were found"),
    (lambda one: replace(one, series_id="1"), "not where discs were found"),
    (lambda one: replace(one, level=REVERSED[one.level]), "more than one level away"),
]


@pytest.mark.parametrize(("change", "words"), CONTRADICTIONS)
def test_contradicting_marks_skip_the_study(change, words, found, opened, marks) -> None:
    with pytest.raises(StudySkippedError, match=words):
        named_discs(found, opened, [change(one) for one in marks])


def test_two_neighbouring_names_in_the_wrong_order_skip_the_study(found, opened, marks) -> None:
    swapped = {"L3/L4": "L4/L5", "L4/L5": "L3/L4"}
    with pytest.raises(StudySkippedError, match="not in the order"):
        named_discs(found, opened, [replace(one, level=swapped.get(one.level, one.level)) for one in marks])


def test_one_level_marked_at_two_discs_skips_the_study(found, opened, marks) -> None:
    with pytest.raises(StudySkippedError, match="L1/L2 is marked at two discs"):
        named_discs(found, opened, [*marks, replace(marks[1], level="L1/L2")])


def test_the_marks_are_on_the_series_of_the_table(marks) -> None:
    assert {one.series_id for one in marks} == {T2}
    assert levels(marks) == list(LEVELS)
