"""All metrics. A new metric of maps is one file and one entry in ``MAP_METRICS``."""

from __future__ import annotations

from spine_core.comparison.metrics.agreement.agreement import AGREEMENT_METRICS
from spine_core.comparison.metrics.base import MapMetric, Metric
from spine_core.comparison.metrics.complexity.sparseness import Sparseness
from spine_core.comparison.metrics.cost import COSTS
from spine_core.comparison.metrics.faithfulness.deletion_insertion import (
    WITH_UNUSED_BASELINE,
    DeletionInsertion,
)
from spine_core.comparison.metrics.faithfulness.infidelity import NormalisedInfidelity
from spine_core.comparison.metrics.faithfulness.road import Road
from spine_core.comparison.metrics.localisation.localisation import Localisation
from spine_core.comparison.metrics.localisation.relevance_outside import RelevanceOutside
from spine_core.comparison.metrics.randomisation.parameter_randomisation import PARAMETER_RANDOMISATION
from spine_core.comparison.metrics.robustness.robustness import MAP_ROBUSTNESS, PREDICTED_PROBABILITY
from spine_core.comparison.metrics.robustness.stability import STABILITY

MAP_METRICS: tuple[MapMetric, ...] = (
    DeletionInsertion(),
    WITH_UNUSED_BASELINE,
    Road(),
    NormalisedInfidelity(),
    Localisation(),
    RelevanceOutside(),
    Sparseness(),
)
"""The metrics of every comparison, in the order of its results."""


def metrics() -> dict[str, Metric]:
    """Metadata of all metrics by name, including those of repeat tests and of robustness."""
    every = [
        *(metric for one in MAP_METRICS for metric in one.metrics),
        *COSTS,
        *AGREEMENT_METRICS,
        STABILITY,
        PARAMETER_RANDOMISATION,
        MAP_ROBUSTNESS,
        PREDICTED_PROBABILITY,
    ]
    return {metric.name: metric for metric in every}
