"""The picture cut into named anatomical structures instead of superpixels."""

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
"""Thickness of an endplate with the marrow beside it, in disc distances: about 3 mm."""

MARGIN = 0.25
"""Share of the disc's depth, front to back, that counts as its margin at either end."""

REACH = 0.45
"""How far above and below the disc's centre the canal is "at the disc", in disc distances."""


def anatomical_segments(image: DiscImage) -> Segments:
    """Every pixel's structure, named as in a report; those that are not in the picture are left out.

    The crop shows the spine upright with the back to the right (``grading.crops.disc_frame``). Raises ``ValueError``
    where the anatomy of the picture is not known.
    """
    if image.regions is None:
        msg = "the anatomy of this picture is not known, so its structures cannot be named"
        raise ValueError(msg)
    named = _named(image.regions, *_place(image))
    numbers = np.full(image.regions.shape, -1, dtype=np.intp)
    names: list[str] = []
    for name, where in named.items():
        free = where & (numbers < 0)
        if free.any():
            numbers[free] = len(names)
            names.append(name)
    return Segments(numbers, tuple(names))


def _place(image: DiscImage) -> tuple[tuple[float, float], float]:
    """Centre of the disc (row, column) and the distance to its neighbours, in pixels of the crop."""
    own = next(one for one in image.channels if one is not None and one.series_uid == image.disc.series_uid)
    row, column = image.disc.center_px
    center, beside = own.frame.inverse()([(row, column), (row, column + image.disc.inter_disc_px)])
    return (float(center[0]), float(center[1])), float(np.hypot(*(beside - center)))


def _named(regions: npt.NDArray[np.uint8], center: tuple[float, float], pitch: float) -> dict[str, Mask]:
    """Masks by name. Where two overlap the earlier holds; the last takes what is left."""
    place = np.indices(regions.shape)
    rows, columns = place[0], place[1]
    above = rows < center[0]
    discs, bone, canal = (regions == part for part in (Structure.DISC, Structure.VERTEBRA, Structure.CANAL))
    found = nearest_part(discs, center)
    disc = discs if found is None else found
    near, front, back = disc, center[1], center[1]
    if disc.any():
        near = ndimage.distance_transform_edt(~disc) <= ENDPLATE * pitch
        front, back = np.quantile(columns[disc], [MARGIN, 1 - MARGIN])
    level = np.abs(rows - center[0]) <= REACH * pitch
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
    """In every row that meets the mask, the pixels left of it."""
    return ~np.maximum.accumulate(mask, axis=1) & mask.any(axis=1, keepdims=True)


class _Named:
    """What LIME and SHAP over structures share."""

    family = MethodFamily.ANATOMICAL
    resolution = "The named structures."

    def defaults(self) -> dict[str, float | int | str]:
        """``samples``: model evaluations at most. ``stop``: one of ``convergence.STOPS``. ``baseline``: of
        ``baselines.METHOD_BASELINES``.
        """
        return {"samples": 600, "stop": "stable", "baseline": "blur"}

    def segments(self, image: DiscImage, settings: Settings) -> Segments:
        """Raises ``ValueError`` where the anatomy is not known."""
        return anatomical_segments(image)


class StructureShap(_Named, KernelShap):
    """Kernel SHAP over named structures."""

    name = "structure_shap"
    label = "SHAP of structures"
    shows = "Shapley values of the structures that a report names."
    limits = "The segmentation is a network's own; the order of the bars is more certain than their length."


class StructureLime(_Named, Lime):
    """LIME over named structures."""

    name = "structure_lime"
    label = "LIME of structures"
    shows = (
        "How much each structure that a report names adds to or subtracts from the score, by a linear model."
    )
    limits = "The segmentation is a network's own; the regression shrinks all bars."
