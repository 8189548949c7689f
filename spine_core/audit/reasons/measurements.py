"""Measurements as a reason: what is measured of the disc, and what it speaks for; and those of another disc."""

from __future__ import annotations

from dataclasses import replace

from spine_core.audit.reasons.base import GradedDisc, Reason
from spine_core.audit.reasons.content import Bar, Chart, ReasonContent
from spine_core.explanation.concepts import measurement_model
from spine_core.explanation.concepts.explain import (
    Answer,
    Contribution,
    MeasurementExplanation,
    explain_by_measurements,
)
from spine_core.explanation.concepts.measurement_model import MeasurementModel
from spine_core.explanation.concepts.of_reading import finding_by_measurements, measured_disc
from spine_core.explanation.concepts.words import number, sentence, step_words, why_not

NOTE = (
    "Each bar is what one measurement of the segmented outlines adds in an ordinal regression, compared with the "
    "median of the level. Whiskers: error of the outlines. Grey: the direction is open, or nothing was measured."
)
NO_MODEL = "the model of measurements is missing"
NO_OTHER = "no other disc of the study was measured"


class Measurements(Reason):
    """What an ordinal regression makes of the level and of five measurements (``explanation.concepts``)."""

    name = "measurements"
    label = "Measurements"

    def make(self, disc: GradedDisc) -> ReasonContent:
        """Bars and sentences of the measurements at the finding's level."""
        return _content(_explained(disc))


class OtherMeasurements(Reason):
    """A control: the measurements of the nearest other disc of the study, as if they were of this one."""

    name = "other_measurements"
    label = "Measurements of another disc"
    control_of = Measurements.name

    def make(self, disc: GradedDisc) -> ReasonContent:
        """Bars and sentences of the other disc's measurements, which carry the level of the finding."""
        _explained(disc)  # where the disc itself has no such reason, neither has its control
        level = _other_level(disc)
        measured = replace(measured_disc(disc.study, disc.reading, level), level=disc.finding.level)
        found = explain_by_measurements(_model(), measured, disc.target, disc.finding.probabilities)
        return _content(_there(found))


def _model() -> MeasurementModel:
    model = measurement_model.load()
    if model is None:
        raise ValueError(NO_MODEL)
    return model


def _explained(disc: GradedDisc) -> MeasurementExplanation:
    finding = disc.finding
    return _there(
        finding_by_measurements(
            _model(), disc.study, disc.reading, finding.level, disc.target, finding.probabilities
        )
    )


def _there(found: MeasurementExplanation) -> MeasurementExplanation:
    if found.answer is not Answer.EXPLAINED:
        raise ValueError(why_not(found))
    return found


def _other_level(disc: GradedDisc) -> str:
    """The measured level next to the finding's; of two, the upper one."""
    levels = [one.level for one in disc.reading.discs]
    here = levels.index(disc.finding.level)
    others = [one for one in levels if one != disc.finding.level and one in disc.reading.measurements]
    if not others:
        raise ValueError(NO_OTHER)
    return min(others, key=lambda one: (abs(levels.index(one) - here), levels.index(one)))


def _content(found: MeasurementExplanation) -> ReasonContent:
    words = step_words(found)
    verdict = f"{words[0].upper()}{words[1:]} by the measurements: {found.probability:.0%}."
    level = Bar(f"Level {found.level}", found.level_log_odds)
    bars = (level, *(_bar(one) for one in found.contributions))
    return ReasonContent(
        (verdict, *(sentence(one, found) for one in found.by_size)),
        (Chart("What was measured", f"Log-odds: against (left) and for (right) {words}", bars),),
        note=NOTE,
    )


def _bar(one: Contribution) -> Bar:
    muted = one.says_nothing or one.value is None
    return Bar(f"{one.concept.label}<br>{number(one)}", one.log_odds, one.margin, muted)
