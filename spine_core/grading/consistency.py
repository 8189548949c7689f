"""Findings of one disc that contradict each other by the definitions of the grades."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from spine_core.grading.types import Finding

Grades = Mapping[str, str]
"""Most probable grade by condition at one level."""


@dataclass(frozen=True)
class Contradiction:
    """Conditions of one level whose grades exclude each other. ``words``: the reason."""

    level: str
    conditions: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class _Rule:
    conditions: tuple[str, ...]
    broken: Callable[[Grades], bool]
    words: str


_RULES = (
    _Rule(
        ("pfirrmann", "narrowing"),
        lambda g: g["pfirrmann"] == "5" and g["narrowing"] == "0",
        "Pfirrmann V is a collapsed disc space, yet narrowing is called absent",
    ),
    _Rule(
        ("pfirrmann", "narrowing"),
        lambda g: g["pfirrmann"] in ("1", "2") and g["narrowing"] == "1",
        "Pfirrmann I and II have normal disc height, yet narrowing is called present",
    ),
    _Rule(
        ("pfirrmann", "ddd"),
        lambda g: g["pfirrmann"] == "1" and g["ddd"] == "1",
        "Pfirrmann I is a healthy disc, yet the label of degenerative disc disease is called present",
    ),
    _Rule(
        ("canal_stenosis", "bulging", "herniation", "spondylolisthesis"),
        lambda g: (
            g["canal_stenosis"] == "1" and "1" not in (g["bulging"], g["herniation"], g["spondylolisthesis"])
        ),
        "the canal is called indented, yet neither bulge, herniation nor slip is called present",
    ),
)


def contradictions(findings: Iterable[Finding]) -> tuple[Contradiction, ...]:
    """The contradictions by level. Findings without a grade are ignored."""
    levels: dict[str, dict[str, str]] = {}
    for finding in findings:
        if finding.grade is not None:
            levels.setdefault(finding.level, {})[finding.condition] = finding.grade
    return tuple(
        Contradiction(level, rule.conditions, rule.words)
        for level, grades in levels.items()
        for rule in _RULES
        if set(rule.conditions) <= set(grades) and rule.broken(grades)
    )
