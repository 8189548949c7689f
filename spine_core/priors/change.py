"""What changed at each disc since the prior, as far as it exceeds the repeat error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from spine_core.anatomy.measurements import FEATURES, LENGTHS, Measurements
from spine_core.grading.types import Finding, Reading
from spine_core.networks.conditions import Condition, Scale
from spine_core.priors.matching import LevelMatch
from spine_core.priors.repeat_error import RepeatErrors, grade_difference

LOWER_IS_WORSE = ("disc_height", "disc_height_index", "signal_ratio", "canal_diameter")
"""Measurements that fall with degeneration; slip and bulge grow."""


class Change(StrEnum):
    """Change of a finding or a measurement. ``OTHER_TYPE``: present in both studies, but of another type."""

    UNCHANGED = "unchanged"
    WORSE = "worse"
    BETTER = "better"
    NEW = "new"
    RESOLVED = "resolved"
    OTHER_TYPE = "other type"
    NOT_COMPARABLE = "not comparable"


class Why(StrEnum):
    """Why two values are not comparable. The values are parts of sentences."""

    NO_COUNTERPART = "the prior does not show this disc"
    NOT_GRADED = "one of the studies has no grade"
    NOT_MEASURED = "one of the studies has no measurement"
    NO_SETS = "the network has no prediction sets"
    UNITS = "the measurements have different units"
    OTHER_NETWORKS = "the repeat error was measured with other networks"
    NO_REPEAT_ERROR = "its repeat error was not measured"


@dataclass(frozen=True)
class FindingChange:
    """A finding in both studies. ``difference``: ``grade_difference``; ``limit``: its repeat error. ``why``: where
    not comparable.
    """

    level: str
    condition: Condition
    change: Change
    current: Finding | None = None
    prior: Finding | None = None
    difference: float | None = None
    limit: float | None = None
    why: Why | None = None


@dataclass(frozen=True)
class MeasurementChange:
    """A measurement in both studies, in ``unit`` (empty for ratios and percent); ``limit``: the repeatability
    coefficient. ``why``: where not comparable.
    """

    level: str
    name: str
    change: Change
    current: float | None = None
    prior: float | None = None
    unit: str = ""
    limit: float | None = None
    why: Why | None = None


@dataclass(frozen=True)
class DiscChange:
    """One disc of the current study. ``prior_level``: the prior's name of the same disc, None where it has none."""

    level: str
    prior_level: str | None
    findings: tuple[FindingChange, ...]
    measurements: tuple[MeasurementChange, ...]


def compare_readings(
    current: Reading, prior: Reading, match: LevelMatch, errors: RepeatErrors | None
) -> tuple[DiscChange, ...]:
    """The change of every disc of ``current``. Measurements are the segmentation's own, whose repeat error is known.

    Both readings must be by the networks that ``errors`` was measured with; otherwise nothing is comparable.
    """
    known = errors if errors is not None and errors.apply_to(current, prior) else None
    missing = Why.NO_REPEAT_ERROR if errors is None else Why.OTHER_NETWORKS
    changes = []
    for disc in current.discs:
        other = match.prior_level(disc.level)
        findings = tuple(
            finding_change(
                one,
                prior.finding(other, one.condition) if other else None,
                _limit(known, one.condition),
                missing if known is None else Why.NO_REPEAT_ERROR,
            )
            for one in current.findings
            if one.level == disc.level
        )
        measured = _own(current).get(disc.level, Measurements())
        before = _own(prior).get(other) if other else None
        values = tuple(
            measurement_change(disc.level, name, measured, before, known, missing) for name in FEATURES
        )
        changes.append(DiscChange(disc.level, other, findings, values))
    return tuple(changes)


def finding_change(
    current: Finding, prior: Finding | None, limit: float | None, missing: Why = Why.NO_REPEAT_ERROR
) -> FindingChange:
    """The change of one finding. ``limit``: the repeat error of its condition; None because of ``missing``.

    A change needs prediction sets without a common grade, and a difference beyond the repeat error.
    """
    condition = current.definition
    why = _why_not(current, prior, limit, missing)
    if why is not None or prior is None or limit is None:
        return FindingChange(current.level, condition, Change.NOT_COMPARABLE, current, prior, why=why)
    difference = grade_difference(condition, current.probabilities, prior.probabilities)
    overlap = set(current.prediction_set) & set(prior.prediction_set)
    change = Change.UNCHANGED if overlap or abs(difference) <= limit else _direction(current, prior)
    return FindingChange(current.level, condition, change, current, prior, difference, limit)


def _why_not(current: Finding, prior: Finding | None, limit: float | None, missing: Why) -> Why | None:
    if prior is None:
        return Why.NO_COUNTERPART
    if current.grade is None or prior.grade is None:
        return Why.NOT_GRADED
    if not current.prediction_set or not prior.prediction_set:
        return Why.NO_SETS
    return missing if limit is None else None


def _direction(current: Finding, prior: Finding) -> Change:
    """New and resolved only where the first grade means absence: Pfirrmann I is a grade."""
    condition = current.definition
    now, before = (condition.grades.index(str(one.grade)) for one in (current, prior))
    if condition.scale is Scale.ORDINAL:
        return Change.WORSE if now > before else Change.BETTER
    if before == 0:
        return Change.NEW
    return Change.RESOLVED if now == 0 else Change.OTHER_TYPE


def measurement_change(
    level: str,
    name: str,
    current: Measurements,
    prior: Measurements | None,
    errors: RepeatErrors | None,
    missing: Why = Why.NO_REPEAT_ERROR,
) -> MeasurementChange:
    """The change of one measurement: beyond the repeatability coefficient, for slip by its size."""
    now, before = getattr(current, name), None if prior is None else getattr(prior, name)
    unit = current.unit if name in LENGTHS else ""
    figure = None if errors is None else errors.of_measurement(name)
    why = _why_not_measured(name, current, prior, figure is None, missing if errors is None else None)
    if why is not None or figure is None or now is None or before is None:
        return MeasurementChange(level, name, Change.NOT_COMPARABLE, now, before, unit, why=why)
    change = Change.UNCHANGED
    if abs(now - before) > figure.value:
        grew = abs(now) > abs(before)
        change = Change.BETTER if grew == (name in LOWER_IS_WORSE) else Change.WORSE
    return MeasurementChange(level, name, change, now, before, unit, figure.value)


def _why_not_measured(
    name: str, current: Measurements, prior: Measurements | None, unknown: bool, missing: Why | None
) -> Why | None:
    if prior is None:
        return Why.NO_COUNTERPART
    if getattr(current, name) is None or getattr(prior, name) is None:
        return Why.NOT_MEASURED
    if name in LENGTHS and (current.unit != "mm" or prior.unit != "mm"):
        return Why.UNITS
    return (missing or Why.NO_REPEAT_ERROR) if unknown else None


def _limit(errors: RepeatErrors | None, condition: str) -> float | None:
    figure = None if errors is None else errors.of_grade(condition)
    return None if figure is None else figure.value


def _own(reading: Reading) -> Mapping[str, Measurements]:
    return reading.segmented_measurements or reading.measurements
