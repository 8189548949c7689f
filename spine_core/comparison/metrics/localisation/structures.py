"""How much of a map lies in which structure, and whether it points at the place of the finding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Structure
from spine_core.comparison.metrics.faithfulness.deletion_insertion import Ranked
from spine_core.comparison.types import FindingRegion, Localisation
from spine_core.explanation.perturbation.anatomical_regions import anatomical_segments
from spine_core.grading.types import DiscImage

Mask = npt.NDArray[np.bool_]

_DISC = ("Disc, anterior margin", "Disc, centre", "Disc, posterior margin")
_BONE = ("Endplate above", "Endplate below", "Vertebra above", "Vertebra below")

PLACES: dict[str, tuple[str, ...]] = {
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
"""Where each condition is by its definition, in the words of ``explain.structures``: this disc, not its neighbours."""

FIXED = 0.2
"""Share of the peak above which a pixel counts as marked: what the page draws, and what Zhou 2016 (arXiv 1512.04150)
takes for Grad-CAM's forerunner."""


def finding_region(image: DiscImage, condition: str) -> tuple[FindingRegion, Mask] | None:
    """Where ``condition`` is in this picture, and its mask (size, size); None where that is not in the picture.

    Raises ``ValueError`` where the anatomy is not known.
    """
    found = anatomical_segments(image)
    there = [name for name in PLACES[condition] if name in found.names]
    mask = np.isin(found.numbers, [found.names.index(name) for name in there])
    if not mask.any() or mask.all():
        return None
    return FindingRegion(tuple(there), float(mask.mean())), mask


def localisation(
    ranked: Ranked, regions: npt.NDArray[np.uint8], place: Mask | None = None
) -> Localisation | None:
    """Share of the positive relevance per ``Structure``, by its name in lower case; None for a map without any.

    ``regions``: labels over the picture, the map's shape. ``place``: where the finding is, the same shape.
    Relevance in a place: Kohlbrenner 2020, doi 10.1109/IJCNN48605.2020.9206975; pointing game: Zhang 2016,
    arXiv 1608.00507; overlap at the best threshold: Choe 2020, arXiv 2001.07437.
    """
    positive = np.maximum(ranked.map, 0).astype(np.float64)
    total = positive.sum()
    if not total > 0:
        return None
    inside = {structure.name.lower(): regions == structure for structure in Structure}
    mass = {name: float(positive[where].sum() / total) for name, where in inside.items()}
    area = {name: float(where.mean()) for name, where in inside.items()}
    if place is None:
        return Localisation(ranked.method, mass, area, draw=ranked.draw)
    return Localisation(
        ranked.method,
        mass,
        area,
        inside=float(positive[place].sum() / total),
        hit=bool(place.ravel()[int(positive.argmax())]),
        iou_best=_best_overlap(positive, place),
        iou_fixed=overlap(positive > FIXED * positive.max(), place),
        draw=ranked.draw,
    )


def overlap(marked: Mask, place: Mask) -> float:
    """Intersection over union, 0 to 1, of two masks that are not both empty."""
    return float((marked & place).sum() / (marked | place).sum())


def _best_overlap(positive: npt.NDArray[np.float64], place: Mask) -> float:
    """The largest overlap over all thresholds, which is over all numbers of strongest pixels."""
    order = np.argsort(-positive, axis=None, kind="stable")
    values, inside = positive.ravel()[order], place.ravel()[order]
    common = np.cumsum(inside)
    union = np.arange(1, values.size + 1) + place.sum() - common
    # A threshold takes all equal values or none of them, and 0 is no relevance.
    ends = np.append(values[1:] < values[:-1], True) & (values > 0)
    return float((common / union)[ends].max())
