"""How well the outlines of discs, vertebrae and canal agree with those that people drew (SPIDER's SPACE slices)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy.types import Anatomy, Structure
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.types import Picture
from spine_core.networks.registry import Bundle
from spine_core.training.datasets.crop_cache import series_of

Mask = npt.NDArray[np.bool_]

BEYOND = 0.75
"""Outlines are compared from this many disc distances above the highest disc found to as many below the lowest."""


@dataclass(frozen=True)
class Outlined:
    """Agreement of one structure over slices in which both masks hold it.

    ``dice``: 2 x shared area over the sum of areas, with its interval over patients. ``hausdorff``: median over slices
    of the 95th percentile of distances between the outlines, in disc distances.
    """

    structure: str
    patients: int
    slices: int
    missed: int
    dice: float
    low: float
    high: float
    hausdorff: float


def outlines(pictures: Sequence[Picture], bundle: Bundle) -> list[Outlined]:
    """One row per structure for pictures with masks; ``missed`` counts slices in which it was not outlined at all."""
    rows: dict[Structure, list[tuple[str, float, float]]] = {s: [] for s in Structure if s}
    for picture in pictures:
        anatomy = bundle.detect_and_segment(series_of(picture))
        if picture.mask is None or not anatomy.discs:
            continue
        top, bottom, pitch = _window(anatomy, picture)
        found, truth = anatomy.masks[0][top:bottom], picture.mask[top:bottom]
        for structure, kept in rows.items():
            drawn, ours = truth == structure, found == structure
            if drawn.any():
                kept.append((picture.patient, dice(drawn, ours), hausdorff95(drawn, ours) / pitch))
    return [_outlined(structure, kept) for structure, kept in rows.items() if kept]


def _window(anatomy: Anatomy, picture: Picture) -> tuple[int, int, float]:
    rows = [disc.center_px[0] for disc in anatomy.discs]
    pitch = anatomy.discs[0].inter_disc_px
    top, bottom = min(rows) - BEYOND * pitch, max(rows) + BEYOND * pitch
    return max(round(top), 0), min(round(bottom), picture.pixels.shape[0]), pitch


def _outlined(structure: Structure, rows: Sequence[tuple[str, float, float]]) -> Outlined:
    patients = np.array([patient for patient, _, _ in rows])
    shares = np.array([share for _, share, _ in rows])
    low, high = interval(patients, lambda chosen: float(shares[chosen].mean()))
    far = [distance for _, _, distance in rows if np.isfinite(distance)]
    return Outlined(
        structure.name.lower(),
        len(set(patients)),
        len(rows),
        int((shares == 0).sum()),
        float(shares.mean()),
        low,
        high,
        float(np.median(far)),
    )


def dice(first: Mask, second: Mask) -> float:
    """Dice 1945: 1 where the masks are equal, 0 where they share nothing."""
    return 2 * float((first & second).sum()) / float(first.sum() + second.sum())


def hausdorff95(first: Mask, second: Mask) -> float:
    """95th percentile of the distances from each outline to the other, the larger of the two ways, in pixels."""
    if not first.any() or not second.any():
        return float("inf")
    edges = [mask & ~ndimage.binary_erosion(mask, border_value=1) for mask in (first, second)]
    edges = [edge if edge.any() else mask for edge, mask in zip(edges, (first, second), strict=True)]
    away = [ndimage.distance_transform_edt(~edge) for edge in edges]
    return max(float(np.percentile(away[1][edges[0]], 95)), float(np.percentile(away[0][edges[1]], 95)))
