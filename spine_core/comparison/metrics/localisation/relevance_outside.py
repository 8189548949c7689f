"""How much of each map's relevance lies outside the image, where part of the network's input does."""

from __future__ import annotations

from collections.abc import Sequence

from spine_core.comparison.metrics.base import (
    Direction,
    EvaluatedMap,
    MapMetric,
    Metric,
    MetricContext,
    MetricResult,
    Property,
    Unit,
)
from spine_core.explanation.relevance_outside import relevance_outside
from spine_core.progress import Progress

RELEVANCE_OUTSIDE = Metric(
    "relevance_outside",
    "Relevance outside the image",
    Direction.LOWER,
    Property.LOCALISATION,
    "Alsallakh et al. 2021, arXiv 2010.02178",
    "There is no anatomy there, so relevance there is an artefact; but coarse maps reach over the image's edge. "
    "A uniform map has as much relevance outside as the input has pixels.",
    Unit.FRACTION,
    "Uniform map",
)


class RelevanceOutside(MapMetric):
    """Fraction of a map's relevance, signs ignored, outside the image; only where part of the input lies there."""

    metrics = (RELEVANCE_OUTSIDE,)

    def evaluate(
        self, maps: Sequence[EvaluatedMap], context: MetricContext, progress: Progress
    ) -> tuple[MetricResult, ...]:
        """One result per map, 0 to 1; none where the whole input lies inside the image, or where that is not known."""
        image = context.image
        if not image.outside_fraction:
            return ()
        return tuple(
            one.result(
                RELEVANCE_OUTSIDE,
                relevance_outside(one.attribution, image.outside),
                chance=image.outside_fraction,
            )
            for one in maps
        )
