"""The bones, discs and canal of one person, as signed distance functions.

All shapes are functions of the spine's coordinates (x to the left, s caudally along the curve, a posteriorly) and
return the distance from their surface in millimetres, negative inside. Dimensions after Panjabi et al. 1992
(vertebrae), Hong et al. 2010 (discs) and Ulrich et al. 1980 (canal).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import interpolate

from spine_core.anatomy.types import LEVELS
from spine_core.phantom.curve import Curve, Image
from spine_core.phantom.spec import LevelSpec, PhantomSpec, generator
from spine_core.phantom.tissue import MARROW, Tissue

Array = npt.NDArray[np.float64]

FIRST_LEVEL = 3
"""Index of the disc L1/L2."""
LAST_DISC = 7
"""Index of the disc L5/S1; those below are rudimentary."""

# Typical values in mm, from T10/T11 caudally; each person scales and jitters them.
_INTER_DISC = np.array([28.0, 30.0, 32.0, 34.0, 35.5, 36.0, 34.0, 28.0, 22.0, 19.0, 16.0])
"""Inter-disc distances: vertebra k lies between disc k and disc k + 1."""
_HEIGHT = np.array([5.5, 6.0, 7.2, 8.8, 10.0, 11.2, 12.0, 11.0, 2.6, 1.4, 1.0, 0.8])
_DEPTH = np.array([26.0, 27.5, 29.0, 31.0, 32.5, 33.5, 34.5, 33.0, 21.0, 14.0, 10.0, 8.0])
"""Anteroposterior depth at each disc."""
_ANGLE = np.array([-14.0, -14.0, -13.0, -10.0, -4.0, 3.0, 13.0, 32.0, 53.0, 52.0, 45.0, 30.0])
"""Angle of the curve from straight down at each disc in degrees, positive towards posterior."""
_WIDTH = np.array([17.0, 19.0, 20.5, 22.0, 23.0, 24.0, 25.0, 25.5, 44.0, 40.0, 34.0, 30.0])
"""Half of the width at each disc; the sacrum includes its wings."""
_SAC = np.array([7.2, 7.6, 7.8, 7.4, 7.0, 6.8, 6.6, 5.6, 3.2, 1.0, 0.2, 0.2])
"""Half the depth of the thecal sac at each disc."""
_GAP = np.array([0.9, 0.9, 0.9, 0.9, 0.9, 1.0, 1.3, 3.2, 4.2, 4.0, 3.0, 2.0])
"""Epidural space between column and sac."""


def bump(distance: Image, half_width: float) -> Image:
    """1 at distance 0, falling smoothly to 0 at ``half_width``; beyond it some 1e-33 is left, which is not ``== 0``."""
    return np.asarray(np.cos(np.clip(distance / half_width, -1, 1) * (np.pi / 2)) ** 2, dtype=np.float32)


def rounded(first: Image, second: Image, radius: float) -> Image:
    """Intersection of two shapes (signed distances), with its edge rounded by ``radius`` mm."""
    p, q = first + radius, second + radius
    outside = np.hypot(np.maximum(p, 0), np.maximum(q, 0))
    return np.asarray(np.minimum(np.maximum(p, q), 0) + outside - radius, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Column:
    """The vertebral column of one person. Arrays run over discs T10/T11 to S4/S5.

    ``stations``, ``conus``: mm along the curve. ``heights``: mm at the middle of the disc. ``wedges``: angle
    between the endplates in radians, open anteriorly. ``hollow``, ``waist``: mm that endplates and walls curve inwards.
    ``profile``: half depth, half width, half depth of the sac and the gap before it (mm), along the curve.
    """

    curve: Curve
    stations: Array
    heights: Array
    wedges: Array
    hollow: float
    waist: float
    conus: float
    marrow: Tissue
    levels: tuple[LevelSpec, ...]
    profile: dict[str, interpolate.PchipInterpolator]

    @classmethod
    def of(cls, spec: PhantomSpec) -> Column:
        """The column that ``spec``'s seed and levels describe."""
        rng = generator(spec.seed, "column")
        size = rng.uniform(0.92, 1.05)
        inter_disc = _INTER_DISC * size * rng.uniform(0.97, 1.03, len(_INTER_DISC))
        stations = np.concatenate([[0.0], np.cumsum(inter_disc)])
        lordosis, tilt = rng.uniform(0.72, 1.12), rng.uniform(-4, 4)
        angles = 3.0 + lordosis * (_ANGLE - 3.0) + tilt + rng.normal(0, 0.8, len(_ANGLE))
        curve = Curve.through(stations, np.radians(angles), float(rng.uniform(-1.2, 1.2)))
        healthy_heights = _HEIGHT * size * rng.uniform(0.9, 1.05) * rng.uniform(0.94, 1.06, len(_HEIGHT))
        depth = size * rng.uniform(0.95, 1.06)
        hollow, waist = float(rng.uniform(1.9, 2.9)), float(rng.uniform(1.7, 2.9))
        conus = float(stations[2] + inter_disc[2] * rng.uniform(0.1, 1.0))
        marrow = replace(MARROW, fat=float(rng.uniform(0.38, 0.58)))
        roomy = rng.uniform(0.9, 1.12)
        levels = [LevelSpec(2) for _ in _HEIGHT]
        levels[FIRST_LEVEL : LAST_DISC + 1] = [spec.levels[level] for level in LEVELS]
        fractions = np.array([level.height_fraction for level in levels])
        fractions[:FIRST_LEVEL], fractions[LAST_DISC + 1 :] = 1.0, 1.0
        bends = np.diff(np.interp([stations - 15, stations + 15], curve.s, curve.angle), axis=0)[0]
        profile = {
            "depth": interpolate.PchipInterpolator(stations, _DEPTH / 2 * depth),
            "width": interpolate.PchipInterpolator(stations, _WIDTH * size),
            "sac": interpolate.PchipInterpolator(stations, _SAC * roomy),
            "gap": interpolate.PchipInterpolator(stations, _GAP),
        }
        heights = healthy_heights * fractions
        # A collapsed disc loses its wedge with its height, or its endplates would intersect posteriorly.
        wedges = np.clip(0.6 * bends, -0.05, 0.85 * heights / (_DEPTH * depth))
        return cls(curve, stations, heights, wedges, hollow, waist, conus, marrow, tuple(levels), profile)

    def along(self, name: str, s: npt.ArrayLike) -> Image:
        """A quantity of ``profile`` at ``s``; constant beyond the first and last disc."""
        clipped = np.clip(np.asarray(s), self.stations[0], self.stations[-1])
        return np.asarray(np.interp(clipped, *self._tables[name]), dtype=np.float32)

    @cached_property
    def _tables(self) -> dict[str, tuple[Array, Array]]:
        """Stations every 0.5 mm and the quantities of ``profile`` there."""
        fine = np.arange(self.stations[0], self.stations[-1] + 0.5, 0.5)
        return {name: (fine, quantity(fine)) for name, quantity in self.profile.items()}

    def nearest_disc(self, s: Image) -> npt.NDArray[np.intp]:
        """Index of the disc nearest to ``s``."""
        return np.searchsorted((self.stations[1:] + self.stations[:-1]) / 2, s)

    def slip(self, s: Image) -> Image:
        """Anterior displacement of the column at ``s`` in mm: full at a slipped vertebra, less at the one above."""
        forward = np.zeros(np.shape(s), dtype=np.float32)
        for index in range(FIRST_LEVEL, LAST_DISC + 1):
            amount = self.levels[index].slip
            if amount:
                knots = self.stations[index] + np.array([-1.0, 1.0]) * max(self.heights[index] / 2, 2.0)
                above = self.stations[index - 1]
                marks = [above - 30, above - 4, above + 4, knots[0], knots[1]]
                forward += np.interp(s, marks, [0, 0.35 * amount, amount, amount, 0]).astype(np.float32)
        return forward

    def level_point(self, level: str, part: str) -> Array:
        """LPS point (3,) of the ``"center"`` or the ``"posterior"`` edge of the disc at ``level``, on the midline."""
        index = FIRST_LEVEL + LEVELS.index(level)
        s = self.stations[index]
        behind = -self.slip(np.array([s], dtype=np.float32))[0]
        if part == "posterior":
            behind += self.edge(index)
        return self.curve.at(float(s), float(behind))[0]

    def edge(self, index: int) -> float:
        """Posterior extent of disc ``index`` from the curve on the midline in mm, including bulge and herniation."""
        behind = np.arange(0, 45, 0.02, dtype=np.float32)
        station = np.full_like(behind, self.stations[index])
        return float(behind[self.displaced(np.zeros_like(behind), station, behind, index) < 0][-1])

    def displaced(self, x: Image, s: Image, a: Image, index: int) -> Image:
        """Distance from the posterior edge of disc ``index`` with bulge and herniation; large away from it."""
        weight = bump(s - np.float32(self.stations[index]), float(self.heights[index]) / 2 + 4)
        near = weight > 0
        distance = self.herniated(x, s, a, index)
        bulge = a[near] - self.along("depth", s[near]) - (0.3 + self.levels[index].bulge) * weight[near]
        distance[near] = np.minimum(bulge, distance[near])
        return distance

    def herniated(self, x: Image, s: Image, a: Image, index: int) -> Image:
        """Distance from the herniation of disc ``index``; large away from it or where there is none."""
        level = self.levels[index]
        if not level.herniation:
            return np.full(np.shape(s), 50, dtype=np.float32)
        t = s - np.float32(self.stations[index])
        near = np.abs(t) < 20
        across = 6.5 + 0.5 * level.herniation
        tall = max(0.46 * self.heights[index], 2.6 + 0.42 * level.herniation)
        radii = np.array([across, tall, level.herniation + 2.0], dtype=np.float32)
        x, s, t, a = (part[near] for part in (x, s, t, a))
        offset = (x - level.side, t - 0.12 * level.herniation, a - self.along("depth", s) + 2.0)
        distance = np.full(near.shape, 50, dtype=np.float32)
        distance[near] = _ellipsoid(offset, radii)
        return distance


def _ellipsoid(offset: tuple[Image, Image, Image], radii: npt.NDArray[np.float32]) -> Image:
    """Distance from an ellipsoid, exact on its axes and to first order at its surface."""
    near = np.sqrt(sum((part / r) ** 2 for part, r in zip(offset, radii, strict=True)))
    slope = np.sqrt(sum((part / (r * r)) ** 2 for part, r in zip(offset, radii, strict=True)))
    return np.asarray(near * (near - 1) / np.maximum(slope, 1e-3), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Spot:
    """Pixels in the spine's coordinates: mm to the left, caudally along the curve, and posterior to it."""

    x: Image
    s: Image
    a: Image


@dataclass(frozen=True, eq=False)
class Place:
    """Pixels of one sub-slice in the spine's coordinates, with quantities that several shapes need.

    ``t``: mm below the nearest disc ``disc``, measured at the pixel. ``a``: posterior to the slipped column.
    ``space``: distance from the disc space, negative inside it. ``ring``: from the walls, negative inside.
    """

    x: Image
    s: Image
    a: Image
    canal_a: Image
    disc: npt.NDArray[np.intp]
    t: Image
    half: Image
    stretch: Image
    space: Image
    ring: Image

    @classmethod
    def of(cls, column: Column, spot: Spot) -> Place:
        """Evaluates the column's outline."""
        x, s, a = spot.x, spot.s, spot.a
        forward = column.slip(s)
        shifted = a + forward
        disc = column.nearest_disc(s)
        t = s - column.stations[disc].astype(np.float32)
        depth, width = column.along("depth", s), column.along("width", s)
        stretch = np.clip(1 - column.curve.curvature(column.stations)[disc] * shifted, 0.45, 1.8)
        height = column.heights[disc].astype(np.float32)
        wedge = height - column.wedges[disc].astype(np.float32) * np.clip(shifted, -22, 22)
        across = np.clip(((shifted - 0.08 * depth) / depth) ** 2 + (x / width) ** 2, 0, 1.3)
        # The endplates of a collapsed disc are flatter, those of the sacrum nearly flat.
        hollow = np.where(disc <= LAST_DISC, column.hollow * (0.35 + 0.65 * np.minimum(height / 9, 1)), 0.25)
        half = wedge / 2 + hollow.astype(np.float32) * (0.6 - across)
        half = np.maximum(half, 0.35)
        space = np.abs(t) * stretch - half
        inter_disc = np.diff(column.stations).mean().astype(np.float32)
        middle = np.clip(space / (0.33 * inter_disc), 0, 1)
        sacral = np.interp(s, column.stations[LAST_DISC : LAST_DISC + 2], [1.0, 0.3]).astype(np.float32)
        pinch = column.waist * sacral * middle * (2 - middle)
        ring = _outline(x, shifted, depth - pinch * np.where(shifted < 0, 1.0, 0.45), width - 1.3 * pinch)
        return cls(x, s, shifted, a + 0.55 * forward, disc, t, half, stretch, space, ring)


def _outline(x: Image, a: Image, depth: Image, width: Image) -> Image:
    """Distance from a vertebra's kidney-shaped outline."""
    lateral = (x / (0.55 * width)) ** 2
    behind = a - 1.6 * lateral * np.exp(1 - lateral) * (a > 0)
    u, v = np.abs(x / width), np.abs(behind / depth)
    power = np.where(behind < 0, 2.3, 3.2).astype(np.float32)
    larger = np.maximum(np.maximum(u, v), 1e-3)
    ratio = larger * (1 + (np.minimum(u, v) / larger) ** power) ** (1 / power)
    return np.asarray(np.hypot(x, behind) * (1 - 1 / ratio), dtype=np.float32)
