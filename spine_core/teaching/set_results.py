"""What everybody answered to a set: a row per case and finding, and as a table of all answers."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from spine_core.networks.conditions import BY_NAME, Scale
from spine_core.teaching.marks import Mark
from spine_core.teaching.reliance import reliance, wrong_network

COLUMNS = (
    "attempt", "person", "case", "level", "condition", "reference", "first", "confidence", "last", "network",
    "hit", "distance_px", "seconds", "committed", "late",
)  # fmt: skip


@dataclass(frozen=True)
class FindingResult:
    """Counts over all answers to one finding of one case. ``case``: hash of the study.

    ``within_one``: None of a condition that is not ordinal. ``network``: the grade that was revealed. ``noticed``: of
    ``wrong_network`` answers of who saw a wrong grade of the networks, those that are right at last.
    """

    case: str
    level: str
    condition: str
    reference: str
    answers: int
    exact: int
    within_one: int | None
    cannot_tell: int
    to_right: int
    to_wrong: int
    network: str | None
    wrong_network: int
    noticed: int


def set_results(marks: Sequence[Mark]) -> tuple[FindingResult, ...]:
    """By case, level and condition, in the order in which they occur first."""
    groups: dict[tuple[str, str, str], list[Mark]] = defaultdict(list)
    for one in marks:
        groups[one.case, one.level, one.condition].append(one)
    return tuple(_result(of_finding) for of_finding in groups.values())


def _result(marks: Sequence[Mark]) -> FindingResult:
    first = marks[0]
    condition = BY_NAME[first.condition]
    told = [one for one in marks if one.first.tells]
    at = condition.grades.index
    within = sum(abs(at(one.first.grade) - at(one.reference)) <= 1 for one in told)
    changed, wrong = reliance(marks), wrong_network(marks)
    return FindingResult(
        first.case, first.level, first.condition, first.reference, len(marks), sum(one.right for one in marks),
        within if condition.scale is Scale.ORDINAL else None, len(marks) - len(told), changed.to_right,
        changed.to_wrong, next((one.network for one in marks if one.network is not None), None),
        wrong.findings, wrong.kept_right + wrong.corrected,
    )  # fmt: skip


def answers_csv(marks: Sequence[Mark]) -> str:
    """A line per answer. People and cases have numbers, in the order in which they occur, and no names."""
    people = {one: number for number, one in enumerate(dict.fromkeys(mark.person for mark in marks), 1)}
    cases = {one: number for number, one in enumerate(dict.fromkeys(mark.case for mark in marks), 1)}
    attempts = {one: number for number, one in enumerate(dict.fromkeys(mark.attempt for mark in marks), 1)}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in marks:
        writer.writerow(
            [
                attempts[one.attempt], people[one.person], cases[one.case], one.level, one.condition, one.reference,
                one.first.grade, one.first.confidence, one.last.grade, one.network, one.hit, one.distance,
                round(one.seconds, 1), one.committed.isoformat(), one.late,
            ]
        )  # fmt: skip
    return out.getvalue()
