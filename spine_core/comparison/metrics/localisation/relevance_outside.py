"""How much of each map's relevance lies outside the image, where part of the network's input does."""

from __future__ import annotations

from collections.abc import Sequence

from spine_core.comparison.metrics.faithfulness.deletion_insertion import Ranked
from spine_core.comparison.types import RelevanceOutside
from spine_core.explanation.relevance_outside import relevance_outside
from spine_core.grading.types import DiscImage


def measure_relevance_outside(maps: Sequence[Ranked], image: DiscImage) -> tuple[RelevanceOutside, ...]:
    """One record per map; none where the whole input lies inside the image, or where that is not known."""
    if not image.outside_fraction:
        return ()
    return tuple(
        RelevanceOutside(one.method, relevance_outside(one.map, image.outside), one.draw) for one in maps
    )
