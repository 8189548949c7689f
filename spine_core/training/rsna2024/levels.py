"""Checks detected discs against the marks in the canal (``train_label_coordinates.csv``), and names them by these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import ABOVE, BELOW, LEVELS, Anatomy, Disc
from spine_core.study.types import Series, Study
from spine_core.training.rsna2024.dataset import CANAL, Coordinate

NEAR_DISC = 0.5
"""Largest distance of a mark from the posterior edge of its disc, in inter-disc distances: between two discs it would
be as near to either. The middle of the canal is about a quarter of it behind the edge."""
NEAR_SLICE_MM = 15.0
"""Largest distance of a mark from the slice of its disc: the canal is up to 25 mm wide."""

ORDER = (ABOVE, *LEVELS, BELOW)

Point = npt.NDArray[np.float64]


class StudySkippedError(Exception):
    """The study is not used; the message is the reason."""


def named_discs(anatomy: Anatomy, study: Study, coordinates: Iterable[Coordinate]) -> tuple[Disc, ...]:
    """The discs of ``anatomy`` with the names of the marks in the canal; discs that no mark names are left out.

    Without such marks the detector's names are kept. Raises ``StudySkippedError`` where fewer than half of the marks
    are near a disc, two are near the same one, or a name differs by more than one level from the detector's.
    """
    canal = [one for one in coordinates if one.condition == CANAL]
    if not canal:
        return anatomy.discs
    own = study.by_uid(anatomy.series_uid)
    # The discs beyond the lumbar ones get a lumbar name where the detector counted wrongly.
    discs = sorted((*anatomy.discs, *anatomy.beyond), key=lambda disc: ORDER.index(disc.level))
    found: dict[str, int] = {}
    for level, point in _points(study, own, canal):
        nearest = _nearest(discs, own, point)
        if nearest is not None and found.setdefault(level, nearest) != nearest:
            msg = f"{level} is marked at two discs"
            raise StudySkippedError(msg)
    _check(found, discs, len({one.level for one in canal}))
    return tuple(replace(discs[found[level]], level=level) for level in LEVELS if level in found)


def _check(found: Mapping[str, int], discs: Sequence[Disc], marked: int) -> None:
    """Raises ``StudySkippedError`` where ``found`` (positions in ``discs`` by level) contradicts the detector.

    ``marked``: number of marked levels.
    """
    msg = ""
    order = [found[level] for level in LEVELS if level in found]
    if 2 * len(found) < marked:
        msg = "most of the marked levels are not where discs were found"
    elif any(abs(ORDER.index(level) - ORDER.index(discs[at].level)) > 1 for level, at in found.items()):
        msg = "the marked levels are more than one level away from those that were counted"
    elif order != sorted(set(order)):
        msg = "the marked levels are not in the order of the discs that were found"
    if msg:
        raise StudySkippedError(msg)


def _points(study: Study, own: Series, canal: Iterable[Coordinate]) -> Iterator[tuple[str, Point]]:
    """Levels with their marks in LPS mm; without marks in images that do not share the coordinates of ``own``."""
    for one in canal:
        file = f"{one.series_id}/{one.instance_number}.dcm"
        for series in study.series:
            if file not in series.files or series.geometry is None:
                continue
            if series.uid == own.uid or series.shares_coordinates(own):
                yield one.level, series.geometry.to_patient(series.files.index(file), one.y, one.x)


def _nearest(discs: Sequence[Disc], own: Series, point: Point) -> int | None:
    """Position of the disc to which a mark at ``point`` (LPS mm) belongs; None where none is near enough."""
    if own.geometry is None:
        return None
    best: tuple[float, int] | None = None
    for position, disc in enumerate(discs):
        away = point - own.geometry.to_patient(disc.slice_index, *disc.posterior_px)
        across = float(away @ own.geometry.normal)
        distance = float(np.linalg.norm(away - across * own.geometry.normal))
        limit = NEAR_DISC * (own.millimetres(disc.inter_disc_px) or 0.0)
        near = abs(across) <= NEAR_SLICE_MM and distance <= limit
        if near and (best is None or distance < best[0]):
            best = (distance, position)
    return None if best is None else best[1]
