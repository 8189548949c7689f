"""Where a finding is by its definition: the named structures that it concerns."""

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
"""Where each condition is by its definition, as ``anatomical_regions`` names it: this disc, not its neighbours."""


@dataclass(frozen=True)
class FindingRegion:
    """Where the finding is, in named structures, and the fraction of the image that they cover."""

    structures: tuple[str, ...]
    area: float


def finding_region(image: DiscImage, condition: str) -> tuple[FindingRegion, Mask] | None:
    """Where ``condition`` is in this image, and its mask (size, size).

    None where the anatomy is not known, or where those structures cover nothing or everything.
    """
    if image.regions is None or condition not in FINDING_STRUCTURES:
        return None
    found = anatomical_segments(image)
    present = [name for name in FINDING_STRUCTURES[condition] if name in found.names]
    mask = np.isin(found.numbers, [found.names.index(name) for name in present])
    if not mask.any() or mask.all():
        return None
    return FindingRegion(tuple(present), float(mask.mean())), mask
