"""What seeing the networks did to a learner's answers, and whether a network's error was noticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spine_core.teaching.marks import Mark


@dataclass(frozen=True)
class Reliance:
    """Findings of which the learner saw the network's grade, by answer before and after. They add up to ``findings``.

    ``to_right``, ``to_wrong``: changed from not right to right, and from right to not right; "cannot tell" is not
    right. ``otherwise``: changed between answers that are not right.
    """

    findings: int
    kept_right: int
    kept_wrong: int
    to_right: int
    to_wrong: int
    otherwise: int


@dataclass(frozen=True)
class WrongNetwork:
    """Findings of which the network's grade is wrong, by what the learner did. They add up to ``findings``.

    ``kept_right``: right before and after: noticed. ``corrected``: right only after. ``followed``: took over the
    network's wrong grade. ``same``: had given the same wrong grade before, and kept it. ``otherwise``: another answer
    that is not right.
    """

    findings: int
    kept_right: int
    corrected: int
    followed: int
    same: int
    otherwise: int


def reliance(marks: Sequence[Mark]) -> Reliance:
    """Over all marks with a network's grade."""
    seen = [one for one in marks if one.network is not None]
    found = [_change(one) for one in seen]
    return Reliance(
        len(seen),
        *(found.count(name) for name in ("kept right", "kept wrong", "right", "wrong", "otherwise")),
    )


def wrong_network(marks: Sequence[Mark]) -> WrongNetwork:
    """Over the marks in which the network's grade is not the reference."""
    wrong = [one for one in marks if one.network not in (None, one.reference)]
    found = [_reaction(one) for one in wrong]
    return WrongNetwork(
        len(wrong),
        *(found.count(name) for name in ("kept right", "corrected", "followed", "same", "otherwise")),
    )


def _change(mark: Mark) -> str:
    if mark.right and mark.right_at_last:
        return "kept right"
    if mark.right_at_last:
        return "right"
    if mark.right:
        return "wrong"
    return "kept wrong" if mark.first.grade == mark.last.grade else "otherwise"


def _reaction(mark: Mark) -> str:
    if mark.right_at_last:
        return "kept right" if mark.right else "corrected"
    if mark.last.grade == mark.network:
        return "same" if mark.first.grade == mark.network else "followed"
    return "otherwise"
