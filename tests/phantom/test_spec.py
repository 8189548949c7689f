from __future__ import annotations

import pytest

from spine_core.anatomy.types import LEVELS
from spine_core.networks.conditions import BY_NAME
from spine_core.phantom import (
    LESIONS,
    LevelSpec,
    PhantomSpec,
    build,
    healthy,
    random_case,
    with_lesion,
    without,
)


def test_every_switchable_lesion_is_a_graded_condition() -> None:
    assert set(LESIONS) == set(BY_NAME)


@pytest.mark.parametrize("lesion", LESIONS)
def test_a_lesion_switched_on_is_in_the_truth_and_off_again_is_not(lesion: str) -> None:
    plain = PhantomSpec(7)
    marked = with_lesion(plain, lesion, "L4/L5")
    normal = build(plain).grades["L4/L5"][lesion]
    assert build(marked).grades["L4/L5"][lesion] != normal
    assert without(marked, lesion, "L4/L5") == plain


def test_truth_has_a_valid_grade_for_every_condition_and_level() -> None:
    for seed in range(12):
        grades = build(random_case(seed)).grades
        assert tuple(grades) == LEVELS
        for level in LEVELS:
            assert {
                name: grade in BY_NAME[name].grades for name, grade in grades[level].items()
            } == dict.fromkeys(BY_NAME, True)


def test_healthy_people_have_no_lesion() -> None:
    for grades in build(healthy(4)).grades.values():
        assert int(grades["pfirrmann"]) <= 2
        assert {grade for name, grade in grades.items() if name != "pfirrmann"} == {"0"}


@pytest.mark.slow
def test_random_cases_hold_every_lesion_and_health() -> None:
    people = [build(random_case(seed)).grades for seed in range(40)]
    grades = [person[level] for person in people for level in LEVELS]
    for name in BY_NAME:
        assert len({grade[name] for grade in grades}) == len(BY_NAME[name].grades), name


def test_unknown_levels_lesions_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="L6/S1"):
        PhantomSpec(0, {"L6/S1": LevelSpec()})
    with pytest.raises(ValueError, match="tumour"):
        with_lesion(PhantomSpec(0), "tumour", "L4/L5")
    with pytest.raises(ValueError, match="pfirrmann must lie between 1 and 5, not 6"):
        with_lesion(PhantomSpec(0), "pfirrmann", "L4/L5", 6)
