"""How readers change their grades once they see the maps, in a sequential design."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spine_core.audit.analysis.data import AuditData, Rating
from spine_core.audit.analysis.means import Mean, mean_over_cases
from spine_core.audit.ratings.protocol import Design


@dataclass(frozen=True)
class Reading:
    """The grades of one rater for one finding, without and with maps. ``network``: the grade that is explained."""

    rater: int
    case: str
    without: str
    aided: str
    network: str
    reference: str | None

    @property
    def changed(self) -> bool:
        """Whether the grades differ."""
        return self.without != self.aided


@dataclass(frozen=True)
class Reliance:
    """Fractions of readings, with intervals over cases. ``rater``: place in the protocol; None for all together.

    Of all readings: ``unchanged``; ``toward_network``: changed to the grade that is explained, right or wrong.
    Of readings with a reference: ``to_reference``: changed to it; ``from_reference``: changed away from it;
    ``otherwise``: changed from one wrong grade to another. Their ``value`` is None where no finding has a reference.
    """

    rater: int | None
    readings: int
    unchanged: Mean
    toward_network: Mean
    to_reference: Mean
    from_reference: Mean
    otherwise: Mean


def reliance(data: AuditData) -> tuple[Reliance, ...]:
    """One record per rater, then one of all; empty unless the design is sequential."""
    if data.protocol.design is not Design.SEQUENTIAL:
        return ()
    every = readings(data)
    raters = range(1, len(data.protocol.raters) + 1)
    single = [_of(rater, [one for one in every if one.rater == rater]) for rater in raters]
    return (*single, _of(None, every))


def readings(data: AuditData) -> list[Reading]:
    """The findings that a rater graded both without and with maps; silent repeats are left out."""
    first = [one for one in data.ratings if not one.repeat and one.grade is not None]
    without = {(one.rater, one.number): one for one in first if not one.with_maps}
    return [
        _reading(data, before, one)
        for one in first
        if one.with_maps and (before := without.get((one.rater, one.number))) is not None
    ]


def _reading(data: AuditData, before: Rating, after: Rating) -> Reading:
    finding = after.finding
    return Reading(
        after.rater,
        finding.case_id,
        before.grade or "",
        after.grade or "",
        finding.grade,
        data.reference(finding),
    )


def _of(rater: int | None, every: Sequence[Reading]) -> Reliance:
    known = [one for one in every if one.reference is not None]
    return Reliance(
        rater=rater,
        readings=len(every),
        unchanged=_fraction(every, lambda one: not one.changed),
        toward_network=_fraction(every, lambda one: one.changed and one.aided == one.network),
        to_reference=_fraction(known, lambda one: one.changed and one.aided == one.reference),
        from_reference=_fraction(known, lambda one: one.changed and one.without == one.reference),
        otherwise=_fraction(known, lambda one: one.changed and one.reference not in (one.without, one.aided)),
    )


def _fraction(every: Sequence[Reading], holds: Callable[[Reading], bool]) -> Mean:
    return mean_over_cases([float(holds(one)) for one in every], [one.case for one in every])
