"""Cost of a map: time and model evaluations."""

from __future__ import annotations

from collections.abc import Sequence

from spine_core.comparison.metrics.base import Direction, Metric, MetricResult, Property, Unit
from spine_core.explanation.base import Explanation

SECONDS = Metric(
    "seconds",
    "Seconds",
    Direction.LOWER,
    Property.COST,
    "Measured on this machine; no doi",
    "Depends on the machine's load.",
)

MODEL_EVALUATIONS = Metric(
    "model_evaluations",
    "Model evaluations",
    Direction.LOWER,
    Property.COST,
    "Counted; no doi",
    "Forward passes and gradients count alike, though a gradient takes about three times as long.",
    Unit.COUNT,
)

COSTS = (SECONDS, MODEL_EVALUATIONS)


def costs(explanations: Sequence[Explanation]) -> tuple[MetricResult, ...]:
    """Seconds and model evaluations of each explanation."""
    return tuple(
        MetricResult(metric, one.method, value)
        for one in explanations
        for metric, value in ((SECONDS, one.seconds), (MODEL_EVALUATIONS, float(one.model_evaluations)))
    )
