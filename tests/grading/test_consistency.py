from __future__ import annotations

import pytest

from spine_core.grading.consistency import contradictions
from spine_core.grading.types import Finding, Status


def disc(level: str = "L4/L5", **grades: str | None) -> list[Finding]:
    return [
        Finding(level, name, Status.NOT_GRADABLE if grade is None else Status.GRADED, grade=grade)
        for name, grade in grades.items()
    ]


CALM = {"bulging": "0", "herniation": "0", "spondylolisthesis": "0"}


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ({"pfirrmann": "5", "narrowing": "0"}, "collapsed"),
        ({"pfirrmann": "2", "narrowing": "1"}, "normal disc height"),
        ({"pfirrmann": "1", "ddd": "1"}, "healthy disc"),
        ({"canal_stenosis": "1", **CALM}, "neither bulge"),
    ],
)
def test_grades_that_exclude_each_other_are_named(grades, expected) -> None:
    (clash,) = contradictions(disc(**grades))
    assert clash.level == "L4/L5"
    assert set(clash.conditions) == set(grades)
    assert expected in clash.words


@pytest.mark.parametrize(
    "grades",
    [
        {"pfirrmann": "5", "narrowing": "1"},
        {"pfirrmann": "3", "narrowing": "1"},
        {"pfirrmann": None, "narrowing": "1"},
        {"canal_stenosis": "1", **CALM, "bulging": "1"},
        {"canal_stenosis": "1", "bulging": "0"},
    ],
)
def test_consistent_or_missing_grades_are_no_contradiction(grades) -> None:
    assert contradictions(disc(**grades)) == ()


def test_levels_are_not_mixed() -> None:
    findings = disc("L4/L5", pfirrmann="5") + disc("L5/S1", narrowing="0")
    assert contradictions(findings) == ()
