"""Segments of the image that are named anatomical structures instead of superpixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy.measurements import nearest_part
from spine_core.anatomy.types import Structure
from spine_core.explanation.base import MethodFamily, Settings
from spine_core.explanation.perturbation.kernel_shap import KernelShap
from spine_core.explanation.perturbation.lime import Lime
from spine_core.explanation.perturbation.segments import Segments
from spine_core.grading.types import DiscImage

Mask = npt.NDArray[np.bool_]

ENDPLATE = 0.09
"""Thickness of an endplate with the adjacent marrow, in inter-disc distances: about 3 mm."""

MARGIN = 0.25
"""Fraction of the disc's anteroposterior depth that counts as its margin at either end."""

REACH = 0.45
"""Cranial and caudal extent of the canal "at the disc" from the disc's centre, in inter-disc distances."""


def anatomical_segments(image: DiscImage) -> Segments:
    """The anatomical structure of every pixel, named as in a report. Structures outside the crop are left out.

    The crop shows the spine upright with posterior to the right (``grading.crops.disc_frame``). Raises ``ValueError``
    where the image has no segmentation.
    """
    if image.regions is None:
        msg = "this image has no segmentation, so its structures cannot be named"
        raise ValueError(msg)
    named = _structures(image.regions, *_disc_position(image))
    numbers = np.full(image.regions.shape, -1, dtype=np.intp)
    names: list[str] = []
    for name, where in named.items():
        free = where & (numbers < 0)
        if free.any():
            numbers[free] = len(names)
            names.append(name)
    return Segments(numbers, tuple(names))


def _disc_position(image: DiscImage) -> tuple[tuple[float, float], float]:
    """Centre of the disc (row, column) and the inter-disc distance, in pixels of the crop."""
    own = next(one for one in image.channels if one is not None and one.series_uid == image.disc.series_uid)
    row, column = image.disc.center_px
    center, neighbour = own.frame.inverse()([(row, column), (row, column + image.disc.inter_disc_px)])
    return (float(center[0]), float(center[1])), float(np.hypot(*(neighbour - center)))


def _structures(
    regions: npt.NDArray[np.uint8], center: tuple[float, float], inter_disc: float
) -> dict[str, Mask]:
    """Masks by name. Where two overlap, the earlier one applies; the last takes the remaining pixels."""
    indices = np.indices(regions.shape)
    rows, columns = indices[0], indices[1]
    above = rows < center[0]
    discs, bone, canal = (regions == part for part in (Structure.DISC, Structure.VERTEBRA, Structure.CANAL))
    found = nearest_part(discs, center)
    disc = discs if found is None else found
    near, front, back = disc, center[1], center[1]
    if disc.any():
        near = ndimage.distance_transform_edt(~disc) <= ENDPLATE * inter_disc
        front, back = np.quantile(columns[disc], [MARGIN, 1 - MARGIN])
    level = np.abs(rows - center[0]) <= REACH * inter_disc
    column = discs | bone
    last = (column & _before(canal))[:, ::-1]
    return {
        "Disc, anterior margin": disc & (columns < front),
        "Disc, posterior margin": disc & (columns > back),
        "Disc, centre": disc,
        "Endplate above": bone & near & above,
        "Endplate below": bone & near & ~above,
        "Vertebra above": bone & above,
        "Vertebra below": bone & ~above,
        "Canal at the disc": canal & level,
        "Canal above and below": canal,
        "Neighbouring discs": discs,
        "In front of the spine": _before(column),
        "Behind the canal": _before(canal[:, ::-1])[:, ::-1],
        "Anterior epidural space": _before(canal) & _before(last)[:, ::-1],
        "Elsewhere": np.ones(regions.shape, dtype=bool),
    }


def _before(mask: Mask) -> Mask:
    """In every row with pixels of the mask, the pixels to the left of it."""
    return ~np.maximum.accumulate(mask, axis=1) & mask.any(axis=1, keepdims=True)


class _AnatomicalSegments:
    """Settings and segments of LIME and SHAP over structures."""

    family = MethodFamily.ANATOMICAL
    resolution = "The named structures."

    def defaults(self) -> dict[str, float | int | str]:
        """``samples``: maximum number of model evaluations. ``stop``: one of ``convergence.STOPS``.

        ``baseline``: one of ``baselines.METHOD_BASELINES``.
        """
        return {"samples": 600, "stop": "stable", "baseline": "blur"}

    def segments(self, image: DiscImage, settings: Settings) -> Segments:
        """The structures of the image. Raises ``ValueError`` where it has no segmentation."""
        return anatomical_segments(image)


class StructureShap(_AnatomicalSegments, KernelShap):
    """Kernel SHAP over named structures."""

    name = "structure_shap"
    label = "SHAP of structures"
    shows = "Shapley values of the structures that a report names."
    limits = "The segmentation is a network's own; the order of the bars is more certain than their length."


class StructureLime(_AnatomicalSegments, Lime):
    """LIME over named structures."""

    name = "structure_lime"
    label = "LIME of structures"
    shows = (
        "How much each structure that a report names adds to or subtracts from the score, by a linear model."
    )
    limits = "The segmentation is a network's own; the regression shrinks all bars."
