"""The measurements of a reading as the measurement model takes them."""

from __future__ import annotations

from collections.abc import Mapping

from spine_core.anatomy.measurements import LENGTHS, Measurements
from spine_core.explanation.concepts import measurement_model
from spine_core.explanation.concepts.explain import (
    Answer,
    MeasuredDisc,
    MeasurementExplanation,
    explain_by_measurements,
)
from spine_core.explanation.concepts.measurement_model import MeasurementModel
from spine_core.grading.types import Reading
from spine_core.networks.target import Target
from spine_core.study.types import Study
from spine_core.weights import WeightsError


def measured_disc(study: Study, reading: Reading, level: str) -> MeasuredDisc:
    """What was measured at ``level``, on the outlines as the reader left them; nothing where there is no disc."""
    disc = next((one for one in reading.discs if one.level == level), None)
    measured = reading.measurements.get(level, Measurements())
    if disc is None:
        return MeasuredDisc(level, measured, None)
    spacing = study.by_uid(disc.series_uid).millimetres(disc.inter_disc_px)
    return MeasuredDisc(level, measured, spacing, reading.measured_on_edit(level))


def finding_by_measurements(
    model: MeasurementModel,
    study: Study,
    reading: Reading,
    level: str,
    target: Target,
    network: Mapping[str, float],
) -> MeasurementExplanation:
    """What the measurements at ``level`` say of ``target``. ``network``: probabilities to compare with, by grade."""
    if not model.applies_to(reading):
        return MeasurementExplanation(level, target, Answer.OTHER_NETWORKS)
    if not _on_t2(study, reading, level):
        return MeasurementExplanation(level, target, Answer.NOT_ON_T2)
    return explain_by_measurements(model, measured_disc(study, reading, level), target, network)


def shown_errors(reading: Reading, unit: str) -> dict[str, float]:
    """Half the limits of agreement by measurement, lengths in ``unit``.

    Empty where they are of other networks, or the stored model is missing or was changed: Explain says so.
    """
    try:
        model = measurement_model.load()
    except WeightsError:
        return {}
    if model is None or not model.applies_to(reading):
        return {}
    in_mm = unit == "mm"
    return {
        name: one.model_half_width if name in LENGTHS and not in_mm else one.half_width
        for name, one in model.errors.items()
    }


def _on_t2(study: Study, reading: Reading, level: str) -> bool:
    """Whether the disc was measured on T2, or was not found at all."""
    uids = [one.series_uid for one in reading.discs if one.level == level]
    return all(reading.weighting_of(study.by_uid(uid)).startswith("T2") for uid in uids)
