"""The region of a finding by definition: the anatomical structures that it concerns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.explanation.perturbation.anatomical_regions import anatomical_segments
from spine_core.grading.types import DiscImage

Mask = npt.NDArray[np.bool_]

_DISC = ("Disc, anterior margin", "Disc, centre", "Disc, posterior margin")
_BONE = ("Endplate above", "Endplate below", "Vertebra above", "Vertebra below")

FINDING_STRUCTURES: dict[str, tuple[str, ...]] = {
    "pfirrmann": _DISC,
    "bulging": _DISC,
    "herniation": _DISC,
    "narrowing": _DISC,
    "ddd": _DISC,
    "canal_stenosis": (*_DISC, "Canal at the disc"),
    "modic": _BONE,
    "endplate_upper": ("Endplate above",),
    "endplate_lower": ("Endplate below",),
    "spondylolisthesis": _BONE,
}
"""Structures of each condition by definition, with the names of ``anatomical_regions``, at the graded disc only."""


@dataclass(frozen=True)
class FindingRegion:
    """The structures of a finding, and the fraction of the image that they cover (``area``)."""

    structures: tuple[str, ...]
    area: float


def finding_region(image: DiscImage, condition: str) -> tuple[FindingRegion, Mask] | None:
    """The region of ``condition`` in the image, and its mask (size, size).

    None without segmentation, or where the structures cover nothing or everything.
    """
    if image.regions is None or condition not in FINDING_STRUCTURES:
        return None
    found = anatomical_segments(image)
    present = [name for name in FINDING_STRUCTURES[condition] if name in found.names]
    mask = np.isin(found.numbers, [found.names.index(name) for name in present])
    if not mask.any() or mask.all():
        return None
    return FindingRegion(tuple(present), float(mask.mean())), mask
