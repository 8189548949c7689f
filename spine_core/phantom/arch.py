"""Paints pedicles, laminae, joints and spinous processes, each vertebra in its own rigid frame.

Frame: x to the left, u posteriorly and v caudally from the middle of the body, in mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Structure
from spine_core.phantom import tissue
from spine_core.phantom.anatomy import LAST_DISC, Column, rounded
from spine_core.phantom.canvas import Canvas, Texture
from spine_core.phantom.curve import Image
from spine_core.phantom.spec import generator

_SPINOUS = np.array(
    [(0, 7), (4, 2), (12, 2), (21, 1), (27, 5), (29, 12), (26, 18), (19, 20), (10, 19), (4, 19), (0, 15)],
    float,
)
"""Outline of a lumbar spinous process, from the posterior wall of the canal."""
_THORACIC = np.array(
    [(0, 4), (5, 1), (14, 6), (24, 14), (27, 20), (24, 25), (15, 22), (7, 18), (2, 14)], float
)
_BONES: tuple[
    tuple[tuple[float, float, float], tuple[float, float, float], float, tuple[float, float, float]], ...
] = (
    ((14, 10, -5), (16.0, 29, -4), 4.6, (1.0, 1.0, 0.66)),
    ((16, 29, -4), (13.5, 34, 12), 4.6, (1.0, 1.0, 1.0)),
    ((13, 34, 8), (3.0, 38, 12), 3.6, (1.0, 1.0, 0.45)),
    ((14, 34, 11), (14.5, 39, 25), 4.6, (0.8, 1.0, 1.0)),
    ((17, 28, -5), (18.5, 31, -19), 4.8, (0.9, 1.0, 1.0)),
    ((20, 28, -4), (40.0, 31, -4), 3.6, (1.0, 1.0, 0.7)),
)
"""Bones of the arch: two ends (x, u, v), radius, and the scale along each axis (see ``_capsule``): pedicle, pars,
lamina, lower and upper articular process, transverse process."""


@dataclass(frozen=True, eq=False)
class _Frame:
    """Pixels near one vertebra in its own frame, and their bounding box in the image."""

    box: tuple[slice, slice]
    x: Image
    u: Image
    v: Image


def _frame(column: Column, index: int, x: Image, y: Image, z: Image) -> _Frame | None:
    station = float(column.stations[index] + column.stations[index + 1]) / 2
    forward = float(column.slip(np.array([station], dtype=np.float32))[0])
    origin, angle = column.curve.at(station, -forward)
    sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    dy, dz = y - np.float32(origin[1]), z - np.float32(origin[2])
    u, v = dy * cosine + dz * sine, dy * sine - dz * cosine
    near = (u > 2) & (u < 82) & (np.abs(v) < 42)
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if not len(rows):
        return None
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return _Frame(box, x[box] - np.float32(origin[0]), u[box], v[box])


def paint_arches(
    canvas: Canvas, column: Column, texture: Texture, seed: int, points: tuple[Image, Image, Image]
) -> None:
    """Arches of T11 to L5, upper ones first. ``points``: patient x, y, z of the pixels."""
    for index in range(LAST_DISC):
        frame = _frame(column, index, *points)
        if frame is None:
            continue
        rng = generator(seed, "arch", index)
        near = (frame.x, frame.u, frame.v)
        rough = 0.8 * texture.fresh(f"arch {index}", near, (6, 3.5, 3.5))
        rough += 0.25 * texture.fresh("arch fine", near, (3, 1.6, 1.6))
        station = float(column.stations[index : index + 2].mean())
        window = canvas.part(frame.box)
        _paint_root(window, column, frame, station, rough)
        bone = _soft_min(
            _spinous(column, frame, station, index, rng, rough), _arch(column, frame, station, index) + rough
        )
        # There is no cortex between a pedicle and its body.
        body = np.where(frame.u < 19, window.fractions[Structure.VERTEBRA], 0).astype(np.float32)
        window.paint(window.cover(bone - 0.3) * (1 - body), tissue.CORTEX, structure=Structure.BACKGROUND)
        grain = 1 + 0.1 * texture.fresh("trabeculae", near, (1.5, 0.9, 0.9))
        grain += 0.14 * texture.fresh("marrow", near, (7, 4, 4))
        window.paint(window.cover(bone + 0.8), column.marrow, grain, structure=Structure.VERTEBRA)


_ROOT = np.array([(9.0, 22.0, -7.0), (16.0, 19.0, 5.0), (30.0, 8.0, 20.0)])
"""Path of the nerve root below the pedicle: from the canal through the foramen to the psoas."""


def _paint_root(window: Canvas, column: Column, frame: _Frame, station: float, rough: Image) -> None:
    path = _ROOT * (float(column.along("width", np.array([station]))[0]) / 23, 1, 1)
    side = (np.abs(frame.x), frame.u, frame.v)
    same = np.ones(3)
    thick = np.minimum(_capsule(side, path[:2], 2.6, same), _capsule(side, path[1:], 2.3, same))
    window.paint(window.cover(thick + 0.5 * rough), tissue.ROOT)


def _soft_min(first: Image, second: Image) -> Image:
    """Smooth union of two shapes."""
    mix = np.clip(0.5 + 0.5 * (second - first) / 2.0, 0, 1)
    return np.asarray(second + (first - second) * mix - 2.0 * mix * (1 - mix), dtype=np.float32)


def _canal_back(column: Column, station: float) -> float:
    at = np.array([station])
    return float(column.along("depth", at)[0] + column.along("gap", at)[0] + 2 * column.along("sac", at)[0])


def _spinous(
    column: Column, frame: _Frame, station: float, index: int, rng: np.random.Generator, rough: Image
) -> Image:
    outline = (_THORACIC if index < 2 else _SPINOUS) * rng.uniform(0.9, 1.05, 2)
    outline = outline + rng.normal(0, 1.1, outline.shape)
    if index == LAST_DISC - 1:
        outline = outline * (0.68, 0.75)
    u = frame.u - np.float32(_canal_back(column, station) + 1.2)
    flat = _polygon(u, frame.v, outline * 0.93 + (1.2, 0.8)) - 2.4 + rough
    lean = rng.uniform(-0.04, 0.04)
    thick = np.abs(frame.x - lean * u) - (2.8 + 0.06 * np.clip(u, 0, 30))
    return rounded(flat, thick, 1.8)


def _polygon(u: Image, v: Image, outline: npt.NDArray[np.float64]) -> Image:
    """Distance from a polygon's edge, negative inside."""
    nearest = np.full(u.shape, np.inf, dtype=np.float32)
    inside = np.zeros(u.shape, dtype=bool)
    for (u0, v0), (u1, v1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        du, dv = u1 - u0, v1 - v0
        along = np.clip(((u - u0) * du + (v - v0) * dv) / (du * du + dv * dv), 0, 1)
        nearest = np.minimum(nearest, np.hypot(u - u0 - along * du, v - v0 - along * dv))
        if dv:
            inside ^= ((v0 > v) != (v1 > v)) & (u < u0 + (v - v0) * du / dv)
    return np.asarray(np.where(inside, -nearest, nearest), dtype=np.float32)


def _arch(column: Column, frame: _Frame, station: float, index: int) -> Image:
    back = _canal_back(column, station) - 32.0
    width = float(column.along("width", np.array([station]))[0]) / 23
    side = np.abs(frame.x)
    union = np.full(side.shape, 50.0, dtype=np.float32)
    for first, last, radius, scale in _BONES:
        ends = np.array([first, last])
        ends[:, 0] *= width * (1.12 if index == LAST_DISC - 1 else 1.0)
        ends[:, 1] += back
        union = np.minimum(union, _capsule((side, frame.u, frame.v), ends, radius, np.array(scale)))
    return union


def _capsule(
    points: tuple[Image, Image, Image],
    ends: npt.NDArray[np.float64],
    radius: float,
    scale: npt.NDArray[np.float64],
) -> Image:
    """Distance from a rod between two ends, thicker along an axis whose ``scale`` is below 1."""
    start, along = ends[0] * scale, (ends[1] - ends[0]) * scale
    offset = [
        point * np.float32(k) - np.float32(begin)
        for point, k, begin in zip(points, scale, start, strict=True)
    ]
    fraction = sum(part * np.float32(step) for part, step in zip(offset, along, strict=True)) / np.float32(
        along @ along
    )
    fraction = np.clip(fraction, 0, 1)
    square = sum((part - fraction * np.float32(step)) ** 2 for part, step in zip(offset, along, strict=True))
    return np.asarray(np.sqrt(square) - radius, dtype=np.float32)
