from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS, Structure
from spine_core.audit.batch.finding_maps import read_stored_map, stored_map
from spine_core.audit.view import View
from spine_core.grading.read import read_study
from spine_core.library.errors import LibraryError
from spine_core.library.people import BUILT_IN_NAME, add_person, built_in_person, people
from spine_core.library.search import find_cases
from spine_core.networks.registry import load_bundle
from spine_core.phantom import build, random_case
from spine_core.progress import Cancelled
from spine_core.study import open_study, sources_from_path
from spine_core.teaching.access import exercise_levels, open_exercise_case
from spine_core.teaching.answers import CANNOT_TELL, Answer
from spine_core.teaching.attempts import commit, debrief, open_attempt, reveal
from spine_core.teaching.phantom_sets import install
from spine_core.teaching.phantom_sets.bundle import (
    GRADED_SET,
    MIXED_SET,
    Bundle,
    BundledCase,
    by_series_number,
    read_bundle,
)
from spine_core.teaching.phantom_sets.case import reference_places, references, true_levels, write_case
from spine_core.teaching.phantom_sets.growth import missing_sets
from spine_core.teaching.phantom_sets.install import Drawn, draw_next, install_phantom_sets
from spine_core.teaching.phantom_sets.specs import (
    ASKED_LEVELS,
    CONDITIONS,
    EASY_SEED,
    GRADED,
    MIXED_SEED,
    graded_case,
    lesion_of,
)
from spine_core.teaching.phantom_sets.words import WORDS
from spine_core.teaching.release_store import read_released_map
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.sets import sets
from spine_core.teaching.shown import debriefed, revealed

FIELD = {"herniation": "herniation", "bulging": "bulge", "pfirrmann": "pfirrmann"}
"""Of ``LevelSpec``, by condition."""


@pytest.fixture(scope="module", params=[0, 18])
def case(request, tmp_path_factory):
    """A herniation on the midline, and one beside it: its phantom, its folder, and its study."""
    phantom = build(graded_case(request.param))
    folder = tmp_path_factory.mktemp("case")
    return phantom, folder, open_study(list(sources_from_path(write_case(phantom, folder))))


def test_every_graded_case_has_its_lesion_and_lesions_shrink():
    for condition in CONDITIONS:
        numbers = [one for one in range(GRADED) if lesion_of(one)[1] == condition]
        specs = [graded_case(one).levels[lesion_of(one)[0]] for one in numbers]
        sizes = [getattr(one, FIELD[condition]) for one in specs]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] > sizes[-1]
    for number in range(GRADED):
        level, condition = lesion_of(number)
        grade = build(graded_case(number)).grades[level][condition]
        assert int(grade) >= 3 if condition == "pfirrmann" else grade == "1"
    assert {lesion_of(one)[0] for one in range(GRADED)} == set(ASKED_LEVELS)


def test_a_case_has_few_slices_and_the_references_of_its_specification(case):
    phantom, _, study = case
    assert [(one.plane.value, one.weighting.value, one.slices) for one in study.series] == [
        ("sagittal", "t1", 7),
        ("sagittal", "t2", 7),
        *[("axial", "t2", 3)] * 3,
    ]
    assert study.synthetic
    found = {(one.level, one.condition): one.grade for one in references(phantom)}
    assert len(found) == len(ASKED_LEVELS) * len(CONDITIONS)
    assert found[lesion_of(phantom.spec.seed - EASY_SEED)] == "1"


def test_places_lie_on_what_they_name(case):
    phantom, folder, study = case
    masks = np.load(folder / "masks.npz")["sagittal"]
    places = {(one.level, one.condition): one for one in reference_places(phantom, study)}
    assert lesion_of(phantom.spec.seed - EASY_SEED) in places
    for place in places.values():
        found = masks[place.slice_index, round(place.row), round(place.column)]
        assert found == Structure.DISC, (place.level, place.condition)
    for disc in true_levels(phantom, study).discs:
        row, column = disc.center_px
        assert masks[disc.slice_index, round(row), round(column)] == Structure.DISC
        down, across = disc.caudal
        assert down > abs(across)
        assert 30 < disc.inter_disc_px * study.series[1].spacing[1] < 60


def test_the_bundled_sets_are_whole_and_the_networks_are_wrong_where_the_bundle_says():
    bundle = read_bundle()
    graded, mixed = (bundle.cases_of(name) for name in (GRADED_SET, MIXED_SET))
    assert [one.number for one in graded] == list(range(GRADED))
    assert len(mixed) == 10
    assert sum(bool(one.misread) for one in mixed) >= 3
    assert sum(not one.misread for one in mixed) >= 3
    assert bundle.networks == load_bundle().explained_network.id.sha256, "run make phantom-sets"
    for one in bundle.cases:
        true = build(one.spec).grades
        wrong = {
            (found.level, found.condition)
            for found in one.findings
            if abs(int(found.grade or 0) - int(true[found.level][found.condition]))
            >= (2 if found.condition == "pfirrmann" else 1)
        }
        assert wrong == set(one.misread), (one.set_name, one.number)
        assert one.learning_point
        assert ("networks are wrong" in one.learning_point) == bool(one.misread)
        explained = [found for found in one.findings if found.maps]
        assert explained
        for found in explained:
            assert set(found.maps) == {"grad_cam", "lime", "partition_shap"} == set(found.verdicts)
            for sha in found.maps.values():
                assert read_stored_map(bundle.maps[sha]).shape == (found.view.size, found.view.size)


@pytest.mark.slow
def test_the_networks_say_today_what_is_bundled(case):
    phantom, _, study = case
    bundled = read_bundle().cases_of(GRADED_SET)[phantom.spec.seed - EASY_SEED]
    reading = read_study(study, load_bundle())
    for one in bundled.findings:
        now = reading.finding(one.level, one.condition)
        assert now.grade == one.grade
        assert dict(now.probabilities) == pytest.approx(one.probabilities, abs=2e-3)


def small_bundle() -> Bundle:
    """Two sets of one case each, whose map is noise."""
    data = stored_map(np.random.default_rng(0).random((8, 8), dtype=np.float32))
    sha = sha256(data).hexdigest()
    view = View("1", 3, (1.0, 0.0, 100.0, 0.0, 1.0, 100.0), 8)
    finding = ReleasedFinding(
        "L4/L5", "herniation", "1", {"0": 0.1, "1": 0.9}, ("1",), maps={"lime": sha}, view=view
    )
    cases = tuple(
        BundledCase(name, seed, 0, "Look twice.", (finding,), ())
        for name, seed in ((GRADED_SET, EASY_SEED), (MIXED_SET, MIXED_SEED))
    )
    return Bundle("a" * 64, cases, {sha: data})


@pytest.fixture
def small(monkeypatch):
    bundle = small_bundle()
    monkeypatch.setattr(install, "read_bundle", lambda: bundle)
    return bundle


@pytest.mark.slow
def test_a_learner_works_through_a_bundled_case(library, anna, small):
    assert missing_sets(library) == (GRADED_SET, MIXED_SET)

    def stops(done: float, what: str = "") -> None:
        raise Cancelled

    assert draw_next(library) == Drawn(1, 2)
    # What is complete can be used already.
    assert missing_sets(library) == (MIXED_SET,)
    with pytest.raises(Cancelled):
        install_phantom_sets(library, stops)
    assert missing_sets(library) == (MIXED_SET,)
    install_phantom_sets(library)
    assert draw_next(library) is None
    install_phantom_sets(library)
    assert missing_sets(library) == ()
    found = {one.exercise.title: one for one in sets(library, anna)}
    assert set(found) == {one.title for one in WORDS.values()}
    assert find_cases(library, anna).cases == (), "their cases do not fill anybody's library"
    works(library, anna, found[WORDS[GRADED_SET].title], small)


def works(library, anna, stored, small) -> None:
    assert stored.exercise.cases[0].references == ()
    study = open_exercise_case(library, anna, stored.id, 0)
    assert [one.level for one in exercise_levels(library, anna, stored.id, 0, study)] == list(LEVELS)
    attempt = open_attempt(library, anna, stored.id, 0)
    commit(library, anna, attempt.id, [Answer(*asked, CANNOT_TELL) for asked in stored.exercise.asked])
    reveal(library, anna, attempt.id)
    (finding,) = revealed(library, anna, attempt.id)
    series = study.by_uid(finding.view.series_uid)
    assert (series.plane.value, series.weighting.value) == ("sagittal", "t2")
    assert read_released_map(library, finding, "lime").shape == (8, 8)
    debrief(library, anna, attempt.id)
    told = debriefed(library, anna, attempt.id)
    assert told.learning_point == "Look twice."
    assert {one.series_uid for one in told.places} == {series.uid}


def test_a_view_keeps_its_place_in_another_copy_of_the_study(case):
    _, _, study = case
    (finding,) = small_bundle().cases[0].findings
    here = BundledCase(GRADED_SET, 0, 0, "", (finding,), ()).findings_in(study)[0]
    assert here.view.series_uid == study.series[1].uid
    assert by_series_number(here, study) == finding
    assert by_series_number(replace(finding, maps={}, view=None), study).view is None


def test_nobody_is_the_owner_of_what_comes_with_spinelens(library, anna):
    taken = add_person(library, BUILT_IN_NAME)
    owner = built_in_person(library)
    assert built_in_person(library) == owner
    assert owner.id != taken.id
    assert {one.id for one in people(library)} == {anna.id, taken.id}
    assert people(library, identified=True) == ()
    with pytest.raises(LibraryError, match="taken"):
        add_person(library, owner.name)


def test_the_mixed_set_is_drawn_from_seeds_that_no_network_was_trained_on():
    for one in read_bundle().cases_of(MIXED_SET):
        assert one.seed >= MIXED_SEED
        assert one.spec == random_case(one.seed)
