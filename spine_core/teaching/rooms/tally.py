"""The answers of a class to one case, counted: histograms and taps, before the reveal and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.answers import CANNOT_TELL, Answer, Click
from spine_core.teaching.rooms.room_answers import RoomAnswer
from spine_core.teaching.rooms.types import Stage


@dataclass(frozen=True)
class FindingTally:
    """How the class answered one finding.

    ``counts``: by stage, of every grade and of "cannot tell", in the condition's order. Who did not change their mind
    counts after the reveal with the answer from before it. ``taps``: by stage, in the order of the guests.
    """

    level: str
    condition: str
    counts: Mapping[Stage, Mapping[str, int]]
    taps: Mapping[Stage, tuple[Click, ...]]


def tallies(answers: Sequence[RoomAnswer], asked: Sequence[tuple[str, str]]) -> tuple[FindingTally, ...]:
    """One per finding that is asked for. ``answers``: of one case."""
    last = last_answers(answers)
    return tuple(_tally(finding, last) for finding in asked)


def last_answers(answers: Sequence[RoomAnswer]) -> dict[Stage, list[dict[tuple[str, str], Answer]]]:
    """By stage, one entry per guest: what they said of each finding by then."""
    by_guest: dict[str, dict[Stage, dict[tuple[str, str], Answer]]] = {}
    for one in answers:
        given = {(answer.level, answer.condition): answer for answer in one.answers}
        by_guest.setdefault(one.guest, {})[one.stage] = given
    before = [stages.get(Stage.BEFORE, {}) for stages in by_guest.values()]
    after = [stages.get(Stage.BEFORE, {}) | stages.get(Stage.AFTER, {}) for stages in by_guest.values()]
    return {Stage.BEFORE: before, Stage.AFTER: after}


def _tally(
    finding: tuple[str, str], last: Mapping[Stage, Sequence[Mapping[tuple[str, str], Answer]]]
) -> FindingTally:
    counts, taps = {}, {}
    for stage, by_guest in last.items():
        given = [one[finding] for one in by_guest if finding in one]
        counted = Counter(one.grade for one in given)
        counts[stage] = {grade: counted[grade] for grade in (*BY_NAME[finding[1]].grades, CANNOT_TELL)}
        taps[stage] = tuple(one.click for one in given if one.click is not None)
    return FindingTally(*finding, counts, taps)
