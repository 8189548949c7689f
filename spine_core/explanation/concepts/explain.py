"""Explains a finding by the measurements of its disc."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import expit

from spine_core.anatomy.measurements import Measurements
from spine_core.explanation.concepts.agreement import (
    Agreement,
    agreement,
    probability_at_least,
)
from spine_core.explanation.concepts.measured_values import CONCEPTS, Concept, Values, model_values
from spine_core.explanation.concepts.measurement_model import (
    ConditionModel,
    MeasurementModel,
    contributions,
    linear_score,
    typical_contributions,
)
from spine_core.explanation.concepts.ordinal import grade_probabilities
from spine_core.explanation.concepts.steps import Step, step_of
from spine_core.networks.target import Target


class Answer(StrEnum):
    """Whether the measurements explain a target, or why not."""

    EXPLAINED = "explained"
    NOT_INFORMATIVE = "not informative"
    NOT_MEASURED = "not measured"
    NOT_MODELLED = "not modelled"
    NOT_ON_T2 = "not on T2"
    OTHER_NETWORKS = "other networks"


@dataclass(frozen=True)
class MeasuredDisc:
    """A disc at ``level``, in the units of the page.

    ``inter_disc_mm``: None where the pixel spacing is unknown. ``edited``: a reader changed the outlines, so that the
    measured error of the segmenter's outlines does not hold.
    """

    level: str
    measurements: Measurements
    inter_disc_mm: float | None
    edited: bool = False


@dataclass(frozen=True)
class Contribution:
    """What one measurement adds to the log-odds of the target.

    ``value``: in ``unit``, as measured; None where it was not. ``error``: 95 % of its errors are smaller, in ``unit``;
    None where unknown. ``percentile``: percent of the cohort's discs at this level with a lower value. ``log_odds``:
    coefficient x (value - median of the level); of a missing value its own term, compared with the same median.
    ``margin``: how far ``log_odds`` moves within ``error``. ``says_nothing``: the sign of the coefficient is open.
    """

    concept: Concept
    value: float | None
    unit: str
    error: float | None
    percentile: float | None
    log_odds: float
    margin: float | None
    says_nothing: bool


@dataclass(frozen=True)
class MeasurementExplanation:
    """A finding by its measurements. Where ``answer`` is not ``EXPLAINED``, only ``level`` and ``target`` are set.

    ``log_odds`` of the step, ``baseline + level_log_odds + sum of the contributions``, exactly. ``baseline``: of a disc
    of average measurements, whatever its level. ``level_log_odds``: what the level and the medians of its discs add;
    both together are the typical disc of the level, that the contributions are compared with. ``margin``: 95 % error
    of ``log_odds`` by the errors of the measurements, taken as independent. ``probabilities``: by grade of the model's
    steps, the first below all of them. ``network_probability``: the network's, of the same step. ``edited``: a reader
    changed the outlines. ``model_sha256``: of the measurement model.
    """

    level: str
    target: Target
    answer: Answer
    step: Step | None = None
    baseline: float = 0.0
    level_log_odds: float = 0.0
    contributions: tuple[Contribution, ...] = ()
    log_odds: float = 0.0
    margin: float = 0.0
    probabilities: tuple[float, ...] = ()
    network_probability: float | None = None
    agreement: Agreement = Agreement.UNKNOWN
    edited: bool = False
    model_sha256: str = ""

    @property
    def probability(self) -> float:
        """Of the step, by the measurements."""
        return float(expit(self.log_odds))

    @property
    def probability_range(self) -> tuple[float, float]:
        """The probability within the error of the measurements."""
        return float(expit(self.log_odds - self.margin)), float(expit(self.log_odds + self.margin))

    @property
    def by_size(self) -> list[Contribution]:
        """The contributions: what is clear before what is not, and the largest first."""
        return sorted(self.contributions, key=lambda one: (one.says_nothing, -abs(one.log_odds)))


def explain_by_measurements(
    model: MeasurementModel, disc: MeasuredDisc, target: Target, network: Mapping[str, float]
) -> MeasurementExplanation:
    """What the measurements of ``disc`` say of ``target``. ``network``: its probability by grade, lowest first."""
    step, own = step_of(target), model.conditions.get(target.condition)
    if step is None or own is None:
        return MeasurementExplanation(disc.level, target, Answer.NOT_MODELLED)
    if not own.informative:
        return MeasurementExplanation(disc.level, target, Answer.NOT_INFORMATIVE, step)
    values = model_values(disc.measurements, disc.inter_disc_mm)
    if all(value is None for value in values.values()):
        return MeasurementExplanation(disc.level, target, Answer.NOT_MEASURED, step)
    return _explained(model, own, disc, values, target, step, network)


def _explained(
    model: MeasurementModel,
    own: ConditionModel,
    disc: MeasuredDisc,
    values: Values,
    target: Target,
    step: Step,
    network: Mapping[str, float],
) -> MeasurementExplanation:
    score = linear_score(own, model.cohort, disc.level, values)
    threshold = own.thresholds[own.steps.index(step.grade)]
    typical = typical_contributions(own, model.cohort, disc.level)
    parts = _contributions(model, own, disc, values, step.sign)
    margin = math.sqrt(sum(one.margin**2 for one in parts if one.margin is not None))
    reported = probability_at_least(step.grade, network)
    return MeasurementExplanation(
        disc.level,
        target,
        Answer.EXPLAINED,
        step,
        baseline=-step.sign * threshold,
        level_log_odds=step.sign * (own.levels.get(disc.level, 0.0) + sum(typical.values())),
        contributions=parts,
        log_odds=step.sign * (score - threshold),
        margin=margin,
        probabilities=tuple(float(p) for p in grade_probabilities(score, own.thresholds)),
        network_probability=reported if step.sign > 0 else 1 - reported,
        agreement=agreement(own, score, margin, network),
        edited=disc.edited,
        model_sha256=model.sha256,
    )


def _contributions(
    model: MeasurementModel, own: ConditionModel, disc: MeasuredDisc, values: Values, sign: int
) -> tuple[Contribution, ...]:
    added = contributions(own, model.cohort, values)
    typical = typical_contributions(own, model.cohort, disc.level)
    return tuple(
        _contribution(
            model,
            own,
            disc,
            concept,
            values[concept.name],
            sign * (added[concept.name] - typical[concept.name]),
        )
        for concept in CONCEPTS
        if concept.name in own.terms
    )


def _contribution(
    model: MeasurementModel,
    own: ConditionModel,
    disc: MeasuredDisc,
    concept: Concept,
    value: float | None,
    log_odds: float,
) -> Contribution:
    term, error = own.terms[concept.name], model.errors.get(concept.name)
    shown = getattr(disc.measurements, concept.name)
    unit = disc.measurements.unit if concept.is_length else concept.unit
    if value is None:
        return Contribution(concept, None, unit, None, None, log_odds, None, term.says_nothing)
    percentile = model.cohort[concept.name].percentile(value, disc.level)
    if error is None or disc.edited:
        return Contribution(concept, shown, unit, None, percentile, log_odds, None, term.says_nothing)
    # In mm as measured in mm; a spine without spacing gets the error in inter-disc distances.
    half = error.half_width if not concept.is_length or unit == "mm" else error.model_half_width
    margin = abs(term.coefficient) * error.model_half_width
    return Contribution(concept, shown, unit, half, percentile, log_odds, margin, term.says_nothing)
