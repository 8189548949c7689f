"""Relevance mass per structure, and localisation of the finding's region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Structure
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
from spine_core.comparison.metrics.localisation.finding_region import Mask
from spine_core.progress import Progress

FIXED = 0.2
"""Fraction of the peak above which a pixel counts as marked: the threshold of the overlays, and of Zhou 2016 (arXiv
1512.04150) for class activation maps."""

_FIT = "Shows whether the map fits anatomy, not whether the network used it; the masks are a network's prediction."
_KOHLBRENNER = "Kohlbrenner et al. 2020, doi 10.1109/IJCNN48605.2020.9206975"

RELEVANCE_MASS = Metric(
    "relevance_mass",
    "Relevance mass in the finding's region",
    Direction.HIGHER,
    Property.LOCALISATION,
    _KOHLBRENNER,
    _FIT,
    Unit.FRACTION,
    "Uniform map",
)

POINTING_GAME = Metric(
    "pointing_game",
    "Peak in the finding's region (pointing game)",
    Direction.HIGHER,
    Property.LOCALISATION,
    "Zhang et al. 2016, arXiv 1608.00507",
    "One pixel decides; by chance it is inside as often as the region covers the image.",
    Unit.YES_NO,
)

IOU_BEST = Metric(
    "iou_best",
    "IoU at the best threshold",
    Direction.HIGHER,
    Property.LOCALISATION,
    "Choe et al. 2020, arXiv 2001.07437",
    "The threshold is chosen with knowledge of the masks, which favours every map, including controls.",
    chance_label="Uniform map",
)

IOU_FIXED = Metric(
    "iou_fixed",
    "IoU at a fifth of the peak",
    Direction.HIGHER,
    Property.LOCALISATION,
    "Zhou et al. 2016, arXiv 1512.04150",
    "A map that marks a small lesion inside a large structure cannot reach 1.",
    chance_label="Uniform map",
)

REGION_METRICS = (RELEVANCE_MASS, POINTING_GAME, IOU_BEST, IOU_FIXED)

STRUCTURE_MASS = Metric(
    "structure_mass",
    "Relevance mass",
    Direction.NONE,
    Property.LOCALISATION,
    _KOHLBRENNER,
    _FIT,
    Unit.FRACTION,
    "Uniform map",
)


class Localisation(MapMetric):
    """Positive relevance per ``Structure``, and in the region of the finding.

    Results of ``STRUCTURE_MASS`` have the structure's name as ``variant``. None for a map without positive relevance.
    """

    metrics = (*REGION_METRICS, STRUCTURE_MASS)

    def evaluate(
        self, maps: Sequence[EvaluatedMap], context: MetricContext, progress: Progress
    ) -> tuple[MetricResult, ...]:
        """Results of every map: none without segmentation, no region metrics where the finding has no region."""
        regions = context.image.regions
        if regions is None:
            return ()
        out: list[MetricResult] = []
        for one in maps:
            if context.region is not None:
                out += in_region(one, context.region[1])
            out += in_structures(one, regions)
        return tuple(out)

    def settings(self, context: MetricContext) -> Mapping[str, float | int | str]:
        """The fixed threshold."""
        return {"iou_threshold": FIXED}


def in_region(one: EvaluatedMap, mask: Mask) -> Iterator[MetricResult]:
    """The four region metrics of a map. ``mask``: bool, of the map's shape, neither empty nor full."""
    positive = np.maximum(one.attribution, 0).astype(np.float64)
    total, area = positive.sum(), float(mask.mean())
    if not total > 0:
        yield from (one.result(metric, None, chance=area) for metric in REGION_METRICS)
        return
    yield one.result(RELEVANCE_MASS, float(positive[mask].sum() / total), chance=area)
    yield one.result(POINTING_GAME, float(mask.ravel()[int(positive.argmax())]), chance=area)
    yield one.result(IOU_BEST, best_iou(positive, mask), chance=area)
    yield one.result(IOU_FIXED, iou(positive > FIXED * positive.max(), mask), chance=area)


def in_structures(one: EvaluatedMap, regions: npt.NDArray[np.uint8]) -> Iterator[MetricResult]:
    """Fraction of the positive relevance per ``Structure`` of ``regions``, labels of the map's shape."""
    positive = np.maximum(one.attribution, 0).astype(np.float64)
    total = positive.sum()
    for structure in Structure:
        where = regions == structure
        mass = float(positive[where].sum() / total) if total > 0 else None
        yield one.result(STRUCTURE_MASS, mass, chance=float(where.mean()), variant=structure.name.lower())


def iou(marked: Mask, region: Mask) -> float:
    """Intersection over union, 0 to 1, of two masks that are not both empty."""
    return float((marked & region).sum() / (marked | region).sum())


def best_iou(positive: npt.NDArray[np.float64], region: Mask) -> float:
    """The largest IoU over all thresholds. ``positive``: relevance >= 0, of the region's shape."""
    order = np.argsort(-positive, axis=None, kind="stable")
    values, inside = positive.ravel()[order], region.ravel()[order]
    common = np.cumsum(inside)
    union = np.arange(1, values.size + 1) + region.sum() - common
    # A threshold includes all equal values or none, and 0 is no relevance.
    ends = np.append(values[1:] < values[:-1], True) & (values > 0)
    return float((common / union)[ends].max())
