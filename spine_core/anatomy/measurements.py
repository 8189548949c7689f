"""Measurements of one disc from the masks: what a reader would take with a ruler.

All are taken in the disc's own upright frame: rows run down the spine, columns towards the canal. Lengths come in disc
distances (pitch), which any picture has; ``scaled`` makes millimetres of them where the pixel spacing is known.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy.types import Structure

Mask = npt.NDArray[np.bool_]

MIDDLE = 0.6
"""Share of the disc's length that its height is measured over: the rims slope."""
NEAR_ENDPLATE = 0.12
"""Rows of a vertebra, in disc distances, that count as its endplate region."""
BRIGHT = 90
"""Percentile of the canal's signal that stands for cerebrospinal fluid: nerve roots darken the rest."""
WHOLE = 0.7
"""Least length of a vertebral body over the disc's, front to back: healthy ones are about 0.9."""
ENDPLATE = 0.5
"""Least length of an endplate over the disc's: a shorter one is outlined in part, and its ends are no corners."""
FURTHEST_SLIP = 0.35
"""Disc distances that a body may stand behind the disc: a slip of grade II. What lies further back are processes."""
LEAST = 0.004
"""Area in squared disc distances below which a structure is not measured."""

Edges = tuple[float, float]
"""Anterior and posterior column of an endplate."""


@dataclass(frozen=True)
class Measurements:
    """None where the structures that it needs are not in the masks.

    ``disc_height_index``: disc height over the mean height of the two vertebrae.
    ``signal_ratio``: median signal of the disc over that of the fluid in the canal; meaningful on T2 only.
    ``slip_percent``: how far the vertebra above stands before (+) or behind (-) the one below, in percent of the length
    of the lower endplate (Taillard 1954).
    ``unit``: of ``disc_height``, ``canal_diameter`` and ``bulge_depth``: "disc distances" or "mm".
    ``bulge_depth``: how far the disc passes the line between the posterior corners of the vertebrae.
    """

    disc_height: float | None = None
    disc_height_index: float | None = None
    signal_ratio: float | None = None
    canal_diameter: float | None = None
    slip_percent: float | None = None
    bulge_depth: float | None = None
    unit: str = "disc distances"


LENGTHS = ("disc_height", "canal_diameter", "bulge_depth")
FEATURES = tuple(field.name for field in fields(Measurements) if field.name != "unit")
"""Names of the numbers, in order."""


def measure(
    labels: npt.NDArray[np.uint8],
    picture: npt.NDArray[np.float32] | None,
    width: float,
    center: tuple[float, float],
) -> Measurements:
    """Measures the disc at ``center`` (row, column).

    ``labels``: ``Structure`` labels (size, size), upright, canal to the right. ``picture``: signal of the same pixels,
    None where it means nothing. ``width``: side of the frame in disc distances.
    """
    unit = width / labels.shape[0]
    disc = nearest_part(labels == Structure.DISC, center, LEAST / unit**2)
    if disc is None:
        return Measurements()
    rows = np.flatnonzero(disc.any(axis=1))
    canal = labels == Structure.CANAL
    bone = (labels == Structure.VERTEBRA) & _in_front(canal, disc, unit)
    upper, lower = (_whole(body, disc) for body in _neighbours(bone, disc, LEAST / unit**2))
    above, below = _edges(upper, disc, unit, below=True), _edges(lower, disc, unit, below=False)
    height = _height(disc) * unit
    bodies = [_height(body) * unit for body in (upper, lower) if body is not None and not _cut(body)]
    diameters = canal[rows[0] : rows[-1] + 1].sum(axis=1)
    # On a slice beside the canal bodies run into pedicles, and have no posterior corner.
    midline = bool((diameters > 0).mean() > 0.5)
    signal = None
    if picture is not None and canal.sum() * unit**2 > LEAST:
        fluid = float(np.percentile(picture[canal], BRIGHT))
        signal = float(np.median(picture[disc])) / fluid if fluid > 0 else None
    return Measurements(
        disc_height=height,
        disc_height_index=height / float(np.mean(bodies)) if bodies else None,
        signal_ratio=signal,
        canal_diameter=float(np.median(diameters)) * unit if midline else None,
        slip_percent=_slip(above, below) if midline and above and below else None,
        bulge_depth=_bulge(disc, above, below, unit) if midline and above and below else None,
    )


def scaled(measured: Measurements, pitch_mm: float | None) -> Measurements:
    """Lengths in millimetres, where the disc distance is known in millimetres."""
    if pitch_mm is None:
        return measured
    lengths = {name: getattr(measured, name) for name in LENGTHS}
    known = {name: value * pitch_mm for name, value in lengths.items() if value is not None}
    return replace(measured, **known, unit="mm")


def nearest_part(mask: Mask, center: tuple[float, float], least: float = 0.0) -> Mask | None:
    """The connected part of at least ``least`` pixels that lies at ``center`` (row, column), or nearest to it."""
    parts, count = ndimage.label(mask)
    sizes = ndimage.sum_labels(mask, parts, range(1, count + 1))
    best, found = np.inf, None
    for number, size in enumerate(sizes, start=1):
        if size >= least:
            away = float(np.hypot(*(np.argwhere(parts == number) - center).T).min())
            if away < best:
                best, found = away, parts == number
    return found


def _in_front(canal: Mask, disc: Mask, unit: float) -> Mask:
    """Where vertebral bodies may lie: before the canal, and no further behind the disc than a slip can take them."""
    last = int(np.flatnonzero(disc.any(axis=0))[-1] + FURTHEST_SLIP / unit)
    columns = np.arange(canal.shape[1])
    start = np.where(canal.any(axis=1), canal.argmax(axis=1), last)
    return np.asarray(columns[None] < np.minimum(start, last)[:, None])


def _neighbours(bodies: Mask, disc: Mask, least: float) -> tuple[Mask | None, Mask | None]:
    """The vertebrae above and below: those whose middle is nearest over and under the disc's."""
    parts, count = ndimage.label(bodies)
    row, column = ndimage.center_of_mass(disc)
    half = np.ptp(np.flatnonzero(disc.any(axis=0))) / 2
    upper = lower = None
    best_up = best_down = np.inf
    for number in range(1, count + 1):
        part = parts == number
        if part.sum() < least:
            continue
        r, c = ndimage.center_of_mass(part)
        if abs(c - column) > half:
            continue
        if r < row and row - r < best_up:
            best_up, upper = row - r, part
        elif r > row and r - row < best_down:
            best_down, lower = r - row, part
    return upper, lower


def _whole(body: Mask | None, disc: Mask) -> Mask | None:
    """The body, where it is about as long as the disc: a fragment has no corners to measure from."""
    if body is None:
        return None
    lengths = [np.ptp(np.flatnonzero(mask.any(axis=0))) for mask in (body, disc)]
    return body if lengths[0] >= WHOLE * lengths[1] else None


def _cut(body: Mask) -> bool:
    """True where the frame's edge cuts the structure, so that its height is not known."""
    return bool(body[0].any() or body[-1].any())


def _height(mask: Mask) -> float:
    """Median number of rows over the middle columns."""
    columns = np.flatnonzero(mask.any(axis=0))
    trim = round(len(columns) * (1 - MIDDLE) / 2)
    inner = columns[trim : len(columns) - trim]
    return float(np.median(mask[:, inner].sum(axis=0)))


def _edges(body: Mask | None, disc: Mask, unit: float, *, below: bool) -> Edges | None:
    """Anterior and posterior column of the endplate that faces the disc, which is ``below`` the body or above it.

    None where the endplate is not outlined from front to back.
    """
    if body is None:
        return None
    rows = np.flatnonzero(body.any(axis=1))
    reach = max(1, round(NEAR_ENDPLATE / unit))
    near = rows[-reach:] if below else rows[:reach]
    columns = [np.flatnonzero(body[row])[[0, -1]] for row in near]
    front, back = np.median(np.array(columns, dtype=float), axis=0)
    whole = back - front >= ENDPLATE * np.ptp(np.flatnonzero(disc.any(axis=0)))
    return (float(front), float(back)) if whole else None


def _slip(above: Edges, below: Edges) -> float:
    # Columns grow towards the canal, behind the spine: the upper edge further left stands further forward.
    front, back = below
    return 100 * (back - above[1]) / (back - front + 1)


def _bulge(disc: Mask, above: Edges, below: Edges, unit: float) -> float:
    rows = np.flatnonzero(disc.any(axis=1))
    back = np.array([np.flatnonzero(disc[row])[-1] for row in rows], dtype=float)
    line = np.interp(rows, [rows[0], rows[-1]], [above[1], below[1]])
    return float(np.max(back - line)) * unit
