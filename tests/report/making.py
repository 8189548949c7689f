"""Findings as the demonstration study has them, written out by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from spine_core.anatomy.measurements import Measurements
from spine_core.anatomy.types import LEVELS, Anatomy, LevelCount
from spine_core.grading.types import Finding, ModelId, Reading, Status
from spine_core.library.types import Decision, Review
from spine_core.networks.conditions import BY_NAME, CONDITIONS
from tests.pages import fakes


def finding(level, condition, grade, probability, others=(), members=(), reason="") -> Finding:
    """A finding whose grade has ``probability``; the first of ``others`` has the rest. ``members``: their grades."""
    grades = BY_NAME[condition].grades
    rest = next(one for one in (*others, *grades) if one != grade)
    probabilities = dict.fromkeys(grades, 0.0) | {grade: probability, rest: 1 - probability}
    votes = {f"network-{i}": {one: float(one == vote) for one in grades} for i, vote in enumerate(members)}
    return Finding(
        level, condition, Status.GRADED, reason, ("t2",), probabilities, grade,
        tuple(sorted({grade, *others})), votes,
    )  # fmt: skip


def ungraded(level, condition, reason) -> Finding:
    return Finding(level, condition, Status.NOT_GRADABLE, reason)


def healthy(level) -> list[Finding]:
    return [finding(level, one.name, one.grades[0], 0.98) for one in CONDITIONS]


def level(name, *changed) -> list[Finding]:
    """A healthy level except for the findings given."""
    new = {one.condition: one for one in changed}
    return [new.get(one.condition, one) for one in healthy(name)]


def reading(*levels, measurements=None, corrections=(), certain=True, count=None) -> Reading:
    model = ModelId("ensemble", "1", "e" * 64)
    findings = tuple(one for found in levels for one in found)
    anatomy = Anatomy("t2", (), certain, level_count=count)
    return Reading(
        "0" * 64, model, ModelId("detector", "2", "d" * 64), (), findings, (anatomy,),
        corrections=corrections, measurements=measurements or {}, segmenter=ModelId("masks", "3", "c" * 64),
    )  # fmt: skip


def demo() -> Reading:
    """L4/L5 with a herniation, L5/S1 uncertain, L1/L2 not found."""
    l45 = level(
        "L4/L5",
        finding("L4/L5", "pfirrmann", "4", 0.52, ["3"], ["4", "3"]),
        finding("L4/L5", "herniation", "1", 0.99),
        finding("L4/L5", "canal_stenosis", "1", 0.98),
        finding("L4/L5", "spondylolisthesis", "0", 0.83, ["1"]),
    )
    l51 = level(
        "L5/S1",
        finding("L5/S1", "pfirrmann", "4", 0.93),
        finding("L5/S1", "modic", "0", 0.55, ["2"], ["0", "2"]),
        finding("L5/S1", "endplate_lower", "1", 0.59, ["0"]),
    )
    measured = Measurements(10.84, 0.441, 0.169, 8.4, 0.6, 7.46, "mm")
    others = [healthy(one) for one in LEVELS[1:3]]
    return reading(*others, l45, l51, measurements={"L4/L5": measured})


def uncertain_count() -> Reading:
    return reading(*map(healthy, LEVELS), certain=False, count=LevelCount(0.2, 0.7, 0.1, 0.15))


def review(level, condition, decision, grade=None) -> dict:
    when = datetime(2026, 11, 30, tzinfo=UTC)
    return {(level, condition): Review(level, condition, Decision(decision), grade, "anna", when)}


STUDY = fakes.study()
