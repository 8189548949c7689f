"""Whether the maps mark the region that readers drew: relevance mass in it, and the pointing game.

Zhang et al. 2016, arXiv 1608.00507; Kohlbrenner et al. 2020, doi 10.1109/IJCNN48605.2020.9206975. By chance, both are
as large as the region is a part of the map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.audit.analysis.data import AuditData, Rating
from spine_core.audit.analysis.ellipse import ellipse_mask
from spine_core.audit.analysis.means import Mean, mean_over_cases
from spine_core.audit.ratings.maps import AuditedMap
from spine_core.audit.ratings.protocol import is_control, is_reason
from spine_core.comparison.metrics.localisation.finding_region import Mask
from spine_core.library.errors import LibraryError

Attribution = npt.NDArray[np.float32]
Reader = Callable[[AuditedMap], Attribution]
"""Reads a map (size, size). Raises ``LibraryError`` where its file is missing or was changed."""


@dataclass(frozen=True)
class Overlap:
    """Of one map with the region of one rater. ``inside``: fraction of the map's positive relevance, 0 to 1.

    ``peak_inside``: of the pixel with the largest value, the first one of several. Both are None for a map without
    positive relevance. ``area``: fraction of the map that the region covers, which both are by chance.
    """

    rater: int
    number: int
    case: str
    method: str
    inside: float | None
    peak_inside: bool | None
    area: float


@dataclass(frozen=True)
class RegionScore:
    """Means of one method's overlaps over raters and findings, with intervals over cases."""

    method: str
    control: bool
    inside: Mean
    peak_inside: Mean
    area: Mean


def regions(data: AuditData, read: Reader) -> tuple[RegionScore, ...]:
    """One record per method, methods of the network first; empty where nobody drew a region."""
    found = overlaps(data, read)
    methods = [one for one in sorted(data.protocol.methods, key=is_control) if found and not is_reason(one)]
    return tuple(_score(method, [one for one in found if one.method == method]) for method in methods)


def overlaps(data: AuditData, read: Reader) -> list[Overlap]:
    """One record per region and map; maps whose file is missing are left out.

    Of several regions of a rater for one finding the first counts: in a sequential design the rater drew it without
    having seen the maps.
    """
    drawn: dict[tuple[int, int], tuple[Rating, Mask]] = {}
    for one in data.ratings:
        mask = _mask(one)
        if mask is not None:
            drawn.setdefault((one.rater, one.number), (one, mask))
    maps = _read_all(data, read, {one.finding.id for one, _ in drawn.values()})
    return [record for one, mask in drawn.values() for record in _of_rating(one, mask, maps)]


def _mask(one: Rating) -> Mask | None:
    view = one.finding.view
    return None if one.repeat or one.region is None or view is None else ellipse_mask(one.region, view)


def _read_all(data: AuditData, read: Reader, findings: set[str]) -> dict[tuple[str, str], Attribution]:
    maps = {}
    for one in data.maps:
        if one.finding in findings and not is_reason(one.method):
            try:
                maps[one.finding, one.method] = read(one)
            except LibraryError:
                continue
    return maps


def _of_rating(one: Rating, mask: Mask, maps: Mapping[tuple[str, str], Attribution]) -> Iterator[Overlap]:
    for method in one.finding.maps:
        attribution = maps.get((one.finding.id, method))
        if attribution is not None:
            inside, peak = overlap(attribution, mask)
            area = float(mask.mean())
            yield Overlap(one.rater, one.number, one.finding.case_id, method, inside, peak, area)


def overlap(attribution: Attribution, mask: Mask) -> tuple[float | None, bool | None]:
    """Fraction of positive relevance in ``mask``, and whether the peak is in it; None for a map without any."""
    positive = np.maximum(attribution, 0).astype(np.float64)
    total = float(positive.sum())
    if not total > 0:
        return None, None
    return float(positive[mask].sum() / total), bool(mask.ravel()[int(positive.argmax())])


def _score(method: str, found: Sequence[Overlap]) -> RegionScore:
    known = [one for one in found if one.inside is not None and one.peak_inside is not None]
    cases = [one.case for one in known]
    return RegionScore(
        method,
        is_control(method),
        mean_over_cases([one.inside or 0.0 for one in known], cases),
        mean_over_cases([float(bool(one.peak_inside)) for one in known], cases),
        mean_over_cases([one.area for one in found], [one.case for one in found]),
    )
