"""Measurements of one disc from its segmentation.

All are taken in the disc's upright frame: rows run caudally, columns towards the canal. Lengths are in inter-disc
distances, which need no pixel spacing; ``scaled`` converts them to millimetres where the spacing is known.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy.types import Structure

Mask = npt.NDArray[np.bool_]

MIDDLE = 0.6
"""Central fraction of the disc's length over which its height is measured: the rims slope."""
NEAR_ENDPLATE = 0.12
"""Thickness of a vertebra's endplate region, in inter-disc distances."""
BRIGHT = 90
"""Percentile of the canal's signal that represents cerebrospinal fluid: nerve roots are darker."""
WHOLE = 0.7
"""Least anteroposterior length of a vertebral body over the disc's: healthy bodies have about 0.9."""
ENDPLATE = 0.5
"""Least length of an endplate over the disc's: a shorter one is segmented in part and has no corners."""
FURTHEST_SLIP = 0.35
"""Largest distance of a body behind the disc, in inter-disc distances: a grade II slip. Processes lie further back."""
LEAST = 0.004
"""Least area of a measured structure, in squared inter-disc distances."""

Edges = tuple[float, float]
"""Anterior and posterior column of an endplate."""


@dataclass(frozen=True)
class Measurements:
    """Measurements of one disc; None where a structure that is needed is not segmented.

    ``disc_height_index``: disc height over the mean height of the two vertebrae.
    ``signal_ratio``: median signal of the disc over that of the fluid in the canal; meaningful on T2 only.
    ``slip_percent``: anterior (+) or posterior (-) displacement of the vertebra above, in percent of the length of the
    lower endplate (Taillard 1954).
    ``unit``: of ``disc_height``, ``canal_diameter`` and ``bulge_depth``: "inter-disc distances" or "mm".
    ``bulge_depth``: distance by which the disc exceeds the line between the posterior corners of the vertebrae.
    """

    disc_height: float | None = None
    disc_height_index: float | None = None
    signal_ratio: float | None = None
    canal_diameter: float | None = None
    slip_percent: float | None = None
    bulge_depth: float | None = None
    unit: str = "inter-disc distances"


LENGTHS = ("disc_height", "canal_diameter", "bulge_depth")
FEATURES = tuple(field.name for field in fields(Measurements) if field.name != "unit")
"""Names of the measurements, in order."""


def measure(
    labels: npt.NDArray[np.uint8],
    image: npt.NDArray[np.float32] | None,
    width: float,
    center: tuple[float, float],
) -> Measurements:
    """Measures the disc at ``center`` (row, column).

    ``labels``: ``Structure`` labels (size, size), upright, canal to the right. ``image``: signal of the same pixels,
    None where it has no meaning. ``width``: side of the frame in inter-disc distances.
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
    # On a parasagittal slice bodies continue into pedicles and have no posterior corner.
    midline = bool((diameters > 0).mean() > 0.5)
    signal = None
    if image is not None and canal.sum() * unit**2 > LEAST:
        fluid = float(np.percentile(image[canal], BRIGHT))
        signal = float(np.median(image[disc])) / fluid if fluid > 0 else None
    return Measurements(
        disc_height=height,
        disc_height_index=height / float(np.mean(bodies)) if bodies else None,
        signal_ratio=signal,
        canal_diameter=float(np.median(diameters)) * unit if midline else None,
        slip_percent=_slip(above, below) if midline and above and below else None,
        bulge_depth=_bulge(disc, above, below, unit) if midline and above and below else None,
    )


def scaled(measured: Measurements, inter_disc_mm: float | None) -> Measurements:
    """``measured`` with lengths in millimetres. ``inter_disc_mm``: None where unknown, which leaves them unchanged."""
    if inter_disc_mm is None:
        return measured
    lengths = {name: getattr(measured, name) for name in LENGTHS}
    known = {name: value * inter_disc_mm for name, value in lengths.items() if value is not None}
    return replace(measured, **known, unit="mm")


def nearest_part(mask: Mask, center: tuple[float, float], least: float = 0.0) -> Mask | None:
    """The connected component of at least ``least`` pixels nearest to ``center`` (row, column); None without any."""
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
    """Where vertebral bodies may lie: in front of the canal, and at most ``FURTHEST_SLIP`` behind the disc."""
    last = int(np.flatnonzero(disc.any(axis=0))[-1] + FURTHEST_SLIP / unit)
    columns = np.arange(canal.shape[1])
    start = np.where(canal.any(axis=1), canal.argmax(axis=1), last)
    return np.asarray(columns[None] < np.minimum(start, last)[:, None])


def _neighbours(bodies: Mask, disc: Mask, least: float) -> tuple[Mask | None, Mask | None]:
    """The vertebrae above and below: those whose centres are nearest above and below the disc's."""
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
    """The body where it is about as long as the disc, else None: a fragment has no corners."""
    if body is None:
        return None
    lengths = [np.ptp(np.flatnonzero(mask.any(axis=0))) for mask in (body, disc)]
    return body if lengths[0] >= WHOLE * lengths[1] else None


def _cut(body: Mask) -> bool:
    """True where the frame's edge cuts the structure, so that its height is unknown."""
    return bool(body[0].any() or body[-1].any())


def _height(mask: Mask) -> float:
    """Median number of rows over the middle columns."""
    columns = np.flatnonzero(mask.any(axis=0))
    trim = round(len(columns) * (1 - MIDDLE) / 2)
    inner = columns[trim : len(columns) - trim]
    return float(np.median(mask[:, inner].sum(axis=0)))


def _edges(body: Mask | None, disc: Mask, unit: float, *, below: bool) -> Edges | None:
    """Anterior and posterior column of the endplate that faces the disc, which is ``below`` the body or above it.

    None where the endplate is not segmented over its whole length.
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
    # Columns grow posteriorly: an upper edge further left is more anterior.
    front, back = below
    return 100 * (back - above[1]) / (back - front + 1)


def _bulge(disc: Mask, above: Edges, below: Edges, unit: float) -> float:
    rows = np.flatnonzero(disc.any(axis=1))
    back = np.array([np.flatnonzero(disc[row])[-1] for row in rows], dtype=float)
    line = np.interp(rows, [rows[0], rows[-1]], [above[1], below[1]])
    return float(np.max(back - line)) * unit
