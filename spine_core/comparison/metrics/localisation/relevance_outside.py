"""Fraction of a map's relevance outside the image, where part of the network's input lies outside."""

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
    "Without anatomy, relevance there is an artefact; but coarse maps extend beyond the image's edge. "
    "A uniform map has the same fraction of relevance outside as the input has pixels.",
    Unit.FRACTION,
    "Uniform map",
)


class RelevanceOutside(MapMetric):
    """Fraction of a map's absolute relevance outside the image; only where part of the input lies outside."""

    metrics = (RELEVANCE_OUTSIDE,)

    def evaluate(
        self, maps: Sequence[EvaluatedMap], context: MetricContext, progress: Progress
    ) -> tuple[MetricResult, ...]:
        """One result per map, 0 to 1; empty where the whole input lies inside the image, or where this is unknown."""
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
