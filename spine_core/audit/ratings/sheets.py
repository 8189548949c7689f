"""The sheets of a rater, in order: which finding, its maps as A, B, C, and which finding comes again in silence."""

from __future__ import annotations

import string
from dataclasses import dataclass

import numpy as np

from spine_core.audit.latin_square import williams_design
from spine_core.audit.ratings.protocol import AuditedFinding, Design, Protocol

NO_RATER = "this person is no rater of the audit"

LEAST_APART = 3
"""Sheets between a finding and its repeat, where there are as many."""


@dataclass(frozen=True)
class Sheet:
    """What a rater answers at one time. ``methods``: by letter; the rater is never told.

    ``repeat``: the rater has seen the finding before, in another order of its maps. ``with_maps``: False in the first
    part of a sequential design.
    """

    number: int
    finding: AuditedFinding
    methods: dict[str, str]
    repeat: bool = False
    with_maps: bool = True

    @property
    def keys(self) -> dict[str, str]:
        """Keys of the maps by letter."""
        return {letter: self.finding.maps[method] for letter, method in self.methods.items()}


def sheets(protocol: Protocol, rater: int) -> tuple[Sheet, ...]:
    """All sheets of a rater, equal for equal protocols. Raises ``ValueError`` for somebody who is no rater of it."""
    if rater not in protocol.raters:
        raise ValueError(NO_RATER)
    place = protocol.raters.index(rater)
    random = np.random.default_rng([protocol.seed, place])
    findings = list(_findings(protocol, place))
    order = [findings[index] for index in random.permutation(len(findings))]
    shown = [(finding, False) for finding in order]
    for finding in _repeated(protocol, order, random):
        shown.insert(_later(shown, finding, random), (finding, True))
    if protocol.design is Design.SEQUENTIAL:
        first = [Sheet(number, one, {}, with_maps=False) for number, one in enumerate(order)]
        return (*first, *_with_maps(protocol, shown, place, len(first)))
    return tuple(_with_maps(protocol, shown, place, 0))


def _findings(protocol: Protocol, place: int) -> tuple[AuditedFinding, ...]:
    if protocol.design is not Design.SPLIT:
        return protocol.findings
    shuffled = np.random.default_rng(protocol.seed).permutation(len(protocol.findings))
    own = shuffled[place % protocol.groups :: protocol.groups]
    return tuple(protocol.findings[index] for index in sorted(own))


def _repeated(
    protocol: Protocol, order: list[AuditedFinding], random: np.random.Generator
) -> list[AuditedFinding]:
    count = round(protocol.repeats * len(order))
    return [order[index] for index in random.permutation(len(order))[:count]]


def _later(
    shown: list[tuple[AuditedFinding, bool]], finding: AuditedFinding, random: np.random.Generator
) -> int:
    """A place behind the finding, ``LEAST_APART`` sheets or more where there are as many."""
    seen = shown.index((finding, False))
    first = min(seen + 1 + LEAST_APART, len(shown))
    return int(random.integers(first, len(shown) + 1))


def _with_maps(
    protocol: Protocol, shown: list[tuple[AuditedFinding, bool]], place: int, start: int
) -> list[Sheet]:
    design = williams_design(len(protocol.methods))
    found = []
    for number, (finding, repeat) in enumerate(shown):
        # Raters begin at different orders, so that the design is balanced over raters with few findings as well.
        order = design[(number + place) % len(design)]
        methods = {string.ascii_uppercase[at]: protocol.methods[one] for at, one in enumerate(order)}
        found.append(Sheet(start + number, finding, methods, repeat))
    return found
