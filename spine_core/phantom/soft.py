"""Paints the tissue around the spine: abdomen, vessels, muscle, fat and skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.phantom import tissue
from spine_core.phantom.anatomy import LAST_DISC, Column, Spot, rounded
from spine_core.phantom.canvas import Canvas, ramp
from spine_core.phantom.curve import Image
from spine_core.phantom.spec import generator
from spine_core.phantom.texture import Texture

_FASCIA = np.array([41.0, 42.0, 44.0, 46.0, 47.0, 47.0, 45.0, 39.0, 25.0, 16.0, 12.0, 9.0])
"""Distance from the posterior wall of the column to the thoracolumbar fascia at each disc in mm, on the midline."""


@dataclass(frozen=True, eq=False)
class Trunk:
    """The outline of one person's back: heights and, at each, y of the fascia and of the skin, in mm."""

    z: npt.NDArray[np.float64]
    fascia: npt.NDArray[np.float64]
    skin: npt.NDArray[np.float64]
    lean: float

    @classmethod
    def of(cls, column: Column, seed: int) -> Trunk:
        """The trunk of the person ``seed``."""
        rng = generator(seed, "trunk")
        fat = float(np.exp(rng.uniform(np.log(4.0), np.log(24.0))))
        reach = rng.uniform(1.0, 1.12)
        wall = column.along("depth", column.stations)
        points = [column.curve.at(float(s), float(w))[0] for s, w in zip(column.stations, wall, strict=True)]
        order = np.argsort([point[2] for point in points])
        z = np.array([points[k][2] for k in order])
        fascia = np.array([points[k][1] for k in order]) + (_FASCIA * reach)[order]
        profile = np.interp(np.arange(len(z))[order], [0, 4, 7, 9, 11], [0.8, 1.0, 1.5, 1.6, 1.4])
        skin = fascia + 2.5 + fat * profile
        fine = np.linspace(z[0] - 60, z[-1] + 60, 300)
        smooth = [_smooth(fine, z, values) for values in (fascia, skin)]
        return cls(fine, smooth[0], smooth[1], float(rng.uniform(0, 1)))

    def at(self, name: str, x: Image, z: Image) -> Image:
        """Position y of the fascia or the skin in mm: convex over the muscles, sloping towards the flanks."""
        line = np.interp(z, self.z, getattr(self, name)).astype(np.float32)
        hill = 5.0 * np.exp(-(((np.abs(x) - 32) / 22) ** 2)) - 0.0016 * np.maximum(np.abs(x) - 30, 0) ** 2
        return np.asarray(line + hill, dtype=np.float32)


def _smooth(
    at: npt.NDArray[np.float64], z: npt.NDArray[np.float64], values: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter1d

    slope = (values[1] - values[0]) / (z[1] - z[0])
    line = np.interp(at, z, values)
    line = np.where(at < z[0], values[0] + slope * (at - z[0]), line)
    return np.asarray(gaussian_filter1d(line, 8.0 / (at[1] - at[0]), mode="nearest"))


def paint_trunk(
    canvas: Canvas,
    place: Spot,
    column: Column,
    trunk: Trunk,
    texture: Texture,
    points: tuple[Image, Image, Image],
) -> None:
    """Paints the trunk. ``points``: patient x, y, z of the pixels."""
    x, y, z = points
    skin = trunk.at("skin", x, z)
    belly = skin - np.float32(205 + 25 * trunk.lean)
    inside = canvas.cover(y - skin) * canvas.cover(belly - y)
    canvas.paint(inside, tissue.SKIN)
    fat = canvas.cover(y - skin + 1.8) * canvas.cover(belly + 1.8 - y)
    grain = texture("grain", points, (2, 2, 2), fat > 0)
    canvas.paint(fat, tissue.FAT, 1 + 0.035 * texture("lobules", points, (9, 9, 9)) + 0.02 * grain)
    _septa(canvas, trunk, texture, points, skin)
    _belly(canvas, place, column, texture, points)
    _flanks(canvas, place, column, texture)
    _back(canvas, place, column, trunk, texture, points)


def _septa(
    canvas: Canvas, trunk: Trunk, texture: Texture, points: tuple[Image, Image, Image], skin: Image
) -> None:
    x, y, z = points
    fascia = trunk.at("fascia", x, z)
    fraction = (y - fascia) / np.maximum(skin - fascia, 2)
    wave = texture("scarpa", points, (30, 30, 22))
    sheet = np.abs(fraction - 0.45 - 0.10 * wave) * (skin - fascia)
    canvas.paint(0.35 * canvas.cover(sheet - 0.25) * (fraction > 0) * (fraction < 1), tissue.SEPTUM)
    lines = np.abs(texture("septa", (x, y + 0.8 * z, y - z), (40, 34, 13)))
    canvas.paint(0.18 * ramp(-lines, -0.09, 0.0) * (fraction > 0) * (fraction < 1), tissue.SEPTUM)


def _belly(
    canvas: Canvas, place: Spot, column: Column, texture: Texture, points: tuple[Image, Image, Image]
) -> None:
    """Bowel loops in fat, great vessels, and the prevertebral layer of fat and ligament."""
    x = points[0]
    warp = texture("warp", points, (22, 22, 22))
    lateral = np.maximum(np.abs(x) - 30, 0)
    ahead = -place.a - column.along("depth", place.s) + 0.35 * lateral + 0.12 * lateral * warp
    loops = texture("bowel", points, (30, 15, 17)) + 0.35 * texture("folds", points, (10, 6, 6)) + 0.3 * warp
    deep = ramp(ahead + 0.7 * texture("prevertebral", points, (12, 9, 9)), 0.6, 2.6)
    wall = ramp(loops, -1.2, 0.4)
    before = deep > 0
    rough = 1 + 0.22 * texture("gut", points, (6, 4, 4)) + 0.12 * texture("mucosa", points, (3, 2, 2), before)
    canvas.paint(deep * wall, tissue.BOWEL, rough)
    canvas.paint(deep * ramp(loops, 0.7, 1.4) * 0.8, tissue.VESSEL)
    patches = ramp(texture("lymph", points, (10, 5, 4)), -0.2, 1.0) * ramp(-ahead, -9, -5)
    canvas.paint(ramp(ahead, -1, 1) * patches * 0.8, tissue.SEPTUM)
    mesentery = ramp(texture("mesentery", points, (14, 6, 6)), 0.2, 1.6)
    canvas.paint(deep * (1 - wall) * mesentery * 0.5, tissue.BOWEL)
    strands = np.abs(
        texture("strands", points, (16, 5, 5)) + 0.5 * texture("finer strands", points, (9, 2.5, 2.5), before)
    )
    canvas.paint(deep * ramp(-strands, -0.45, -0.05) * 0.2, tissue.SEPTUM)
    canvas.paint(deep * wall * ramp(strands, 1.2, 2.0) * 0.35, tissue.FAT)
    crus = (
        ahead - np.interp(place.s, column.stations[[1, 3, 5]], [9, 6, 0]) + texture("crus", points, (9, 9, 7))
    )
    canvas.paint(ramp(-crus, -1.5, 1.5) * deep * ramp(-np.abs(x), -22, -14), tissue.MUSCLE, rough)
    fork = np.float32(column.stations[6])
    apart = ramp(place.s - fork, -5, 40)
    for side, radius in ((11.0, 8.5), (-15.0, 9.5)):
        centre = side + np.sign(side) * 16 * apart
        size = radius * (1 - 0.35 * apart)
        vessel = np.hypot((place.x - centre) * np.float32(0.85 if side < 0 else 1.0), ahead - 4 - size) - size
        shown = (place.s < column.stations[LAST_DISC] + 10).astype(np.float32)
        canvas.paint(canvas.cover(vessel - 1.0) * shown, tissue.FLAVUM)
        canvas.paint(canvas.cover(vessel) * shown, tissue.VESSEL)


def _flanks(canvas: Canvas, place: Spot, column: Column, texture: Texture) -> None:
    """Psoas lateral to the bodies, larger caudally, and quadratus lumborum behind it."""
    width = column.along("width", place.s)
    grown = np.interp(place.s, column.stations[[2, 4, 6, 8]], [3, 11, 18, 19]).astype(np.float32)
    points = (place.x, place.s, place.a)
    side = np.abs(place.x)
    apart = np.interp(place.s, column.stations[[2, 6, 9]], [1, 2, 18]).astype(np.float32)
    forward = np.interp(place.s, column.stations[[6, 9]], [-2, -34]).astype(np.float32)
    ratio = np.sqrt(
        ((side - width - grown * 0.8 - apart) / grown) ** 2 + ((place.a - forward) / (grown * 1.15)) ** 2
    )
    ratio = ratio + 0.10 * texture("belly of psoas", points, (12, 25, 12))
    psoas = canvas.cover((ratio - 1) * grown) * (place.s < column.stations[10])
    ratio = np.sqrt(((side - 62) / 18) ** 2 + ((place.a - 20) / 9) ** 2)
    quadratus = canvas.cover((ratio - 1) * 9)
    fibres = 1 + 0.07 * texture("psoas", points, (1.5, 14, 1.5), (psoas > 0) | (quadratus > 0))
    canvas.paint(psoas, tissue.MUSCLE, fibres)
    canvas.paint(psoas * ramp(texture("psoas fat", points, (3, 22, 3), psoas > 0), 1.5, 2.1), tissue.FAT)
    canvas.paint(quadratus, tissue.MUSCLE, fibres)
    ratio = np.sqrt(
        ((side - 70) / 24) ** 2 + ((place.a + 14) / 24) ** 2 + ((place.s - column.stations[2]) / 58) ** 2
    )
    canvas.paint(canvas.cover((ratio - 1) * 24), tissue.ORGAN)


def _back(
    canvas: Canvas,
    place: Spot,
    column: Column,
    trunk: Trunk,
    texture: Texture,
    points: tuple[Image, Image, Image],
) -> None:
    """Muscles between the arches and the fascia, and the ligaments between the spinous processes."""
    x, y, z = points
    fascia = trunk.at("fascia", x, z)
    depth = column.along("depth", place.s)
    front = depth + 6 + 0.10 * np.abs(x) - place.a
    region = rounded(
        np.maximum(y - fascia, front), np.abs(x) - 74 - 5 * texture("flank", points, (25, 40, 25)), 22
    )
    canvas.paint(canvas.cover(region - 1.0), tissue.LIGAMENT)
    grain = (x, y + 0.35 * z, z - 0.35 * y)
    inside = canvas.cover(region)
    covered = inside > 0
    canvas.paint(inside, tissue.MUSCLE, 1 + 0.10 * texture("fibres", grain, (1.6, 1.6, 12), covered))
    low = ramp(place.s, float(column.stations[4]), float(column.stations[8]))
    deep = ramp(-np.abs(x), -22, -8)
    streaks = texture("streaks", grain, (2.6, 2.2, 17), covered)
    fatty = streaks + 0.5 * texture("islands", grain, (5, 4, 8))
    canvas.paint(inside * ramp(fatty + 0.9 * low + 0.5 * deep * low, 1.35, 2.1), tissue.FAT)
    septum = np.abs(np.abs(x) - 24 - 3 * texture("septum", points, (20, 20, 20)))
    canvas.paint(inside * ramp(-septum, -2.2, -0.6) * 0.45, tissue.FAT)
    middle = ramp(-np.abs(x), -6.5, -3.0) * inside
    mottled = 1 + 0.15 * texture("interspinous", grain, (3, 1.3, 8), middle > 0)
    canvas.paint(middle, tissue.INTERSPINOUS, mottled)
    cleft = texture("cleft", grain, (4, 2.2, 9), middle > 0) + 0.5 * low
    canvas.paint(middle * ramp(cleft, 0.8, 1.7) * 0.85, tissue.FAT)
    canvas.paint(middle * ramp(-cleft, 0.6, 1.4) * 0.8, tissue.LIGAMENT)
    foramen = np.maximum(np.maximum(depth - 3 - place.a, place.a - depth - 15), np.abs(x) - 25)
    canvas.paint(canvas.cover(foramen) * (np.abs(x) > 7) * (place.s < column.stations[8]), tissue.FAT)
