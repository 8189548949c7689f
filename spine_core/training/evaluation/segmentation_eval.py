"""Segmentation of discs, vertebrae and canal against the reference masks of SPIDER's SPACE slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy.outline_edits import dice
from spine_core.anatomy.types import Anatomy, Structure
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.types import LabelledImage
from spine_core.networks.registry import Bundle
from spine_core.training.datasets.crop_cache import series_of

Mask = npt.NDArray[np.bool_]

MARGIN = 0.75
"""Masks are compared from this many inter-disc distances above the top disc to as many below the bottom one."""


@dataclass(frozen=True)
class SegmentationMetrics:
    """Agreement of one structure over all slices whose reference mask contains it.

    ``missed``: slices in which it was not segmented at all. ``dice``: mean, with its interval over patients.
    ``hausdorff``: median over slices of the 95th percentile of the contour distances, in inter-disc distances.
    """

    structure: str
    patients: int
    slices: int
    missed: int
    dice: float
    low: float
    high: float
    hausdorff: float


def segmentation_metrics(images: Sequence[LabelledImage], bundle: Bundle) -> list[SegmentationMetrics]:
    """One row per structure over all images with masks."""
    rows: dict[Structure, list[tuple[str, float, float]]] = {s: [] for s in Structure if s}
    for image in images:
        anatomy = bundle.detect_and_segment(series_of(image))
        if image.mask is None or not anatomy.discs:
            continue
        top, bottom, inter_disc = _window(anatomy, image)
        masks, truth = anatomy.masks[0][top:bottom], image.mask[top:bottom]
        for structure, values in rows.items():
            reference, segmented = truth == structure, masks == structure
            if reference.any():
                values.append(
                    (
                        image.patient,
                        dice(reference, segmented),
                        hausdorff95(reference, segmented) / inter_disc,
                    )
                )
    return [_structure_metrics(structure, values) for structure, values in rows.items() if values]


def _window(anatomy: Anatomy, image: LabelledImage) -> tuple[int, int, float]:
    rows = [disc.center_px[0] for disc in anatomy.discs]
    inter_disc = anatomy.discs[0].inter_disc_px
    top, bottom = min(rows) - MARGIN * inter_disc, max(rows) + MARGIN * inter_disc
    return max(round(top), 0), min(round(bottom), image.pixels.shape[0]), inter_disc


def _structure_metrics(structure: Structure, rows: Sequence[tuple[str, float, float]]) -> SegmentationMetrics:
    patients = np.array([patient for patient, _, _ in rows])
    dice_values = np.array([value for _, value, _ in rows])
    low, high = interval(patients, lambda drawn: float(dice_values[drawn].mean()))
    distances = [distance for _, _, distance in rows if np.isfinite(distance)]
    return SegmentationMetrics(
        structure.name.lower(),
        len(set(patients)),
        len(rows),
        int((dice_values == 0).sum()),
        float(dice_values.mean()),
        low,
        high,
        float(np.median(distances)),
    )


def hausdorff95(first: Mask, second: Mask) -> float:
    """Symmetric 95th percentile of the contour distances in pixels; infinite if a mask is empty."""
    if not first.any() or not second.any():
        return float("inf")
    edges = [mask & ~ndimage.binary_erosion(mask, border_value=1) for mask in (first, second)]
    edges = [edge if edge.any() else mask for edge, mask in zip(edges, (first, second), strict=True)]
    distance_maps = [ndimage.distance_transform_edt(~edge) for edge in edges]
    return max(
        float(np.percentile(distance_maps[1][edges[0]], 95)),
        float(np.percentile(distance_maps[0][edges[1]], 95)),
    )
