"""Paints pedicles, laminae, joints and spinous processes, each vertebra in its own rigid frame.

Frame: x to the left, u posteriorly and v caudally from the middle of the body, in mm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Structure
from spine_core.phantom import tissue
from spine_core.phantom.anatomy import LAST_DISC, Column
from spine_core.phantom.canvas import Canvas
from spine_core.phantom.curve import Image
from spine_core.phantom.spec import generator
from spine_core.phantom.spinous import ROUGHEST, Spinous
from spine_core.phantom.texture import Pixels, Texture

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

    @property
    def points(self) -> tuple[Image, Image, Image]:
        """x, u, v."""
        return self.x, self.u, self.v

    def row(self, where: Pixels) -> _Frame:
        """Some of the pixels, in a row."""
        return replace(self, x=self.x[where], u=self.u[where], v=self.v[where])


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
        window = canvas.part(frame.box)
        station = float(column.stations[index : index + 2].mean())
        arch, root = _arch(column, frame, station, index), _root(column, frame, station)
        spinous = Spinous.of(index, _canal_back(column, station), generator(seed, "arch", index))
        # An arch covers little of its box, and noise is what takes long.
        near = (arch < ROUGHEST + 1) | (root < ROUGHEST) | spinous.reaches(*frame.points)
        if not near.any():
            continue
        marrow = texture.fresh("marrow", frame.points, (7, 4, 4))
        shapes = _Shapes(f"arch {index}", spinous, arch[near], root[near], marrow[near])
        with window.row(near) as part:
            _paint(part, column, texture, frame.row(near), shapes)


@dataclass(frozen=True, eq=False)
class _Shapes:
    """Of one vertebra at some pixels. ``noise``: name of that of its surface; ``marrow``: noise inside it."""

    noise: str
    spinous: Spinous
    arch: Image
    root: Image
    marrow: Image


def _paint(part: Canvas, column: Column, texture: Texture, frame: _Frame, shapes: _Shapes) -> None:
    at = frame.points
    rough = 0.8 * texture.fresh(shapes.noise, at, (6, 3.5, 3.5))
    rough += 0.25 * texture.fresh("arch fine", at, (3, 1.6, 1.6))
    part.paint(part.cover(shapes.root + 0.5 * rough), tissue.ROOT)
    bone = _soft_min(shapes.spinous.distance(*at, rough), shapes.arch + rough)
    # There is no cortex between a pedicle and its body.
    body = np.where(frame.u < 19, part.fractions[Structure.VERTEBRA], 0).astype(np.float32)
    part.paint(part.cover(bone - 0.3) * (1 - body), tissue.CORTEX, structure=Structure.BACKGROUND)
    grain = 1 + 0.1 * texture.fresh("trabeculae", at, (1.5, 0.9, 0.9))
    grain += 0.14 * shapes.marrow
    part.paint(part.cover(bone + 0.8), column.marrow, grain, structure=Structure.VERTEBRA)


_ROOT = np.array([(9.0, 22.0, -7.0), (16.0, 19.0, 5.0), (30.0, 8.0, 20.0)])
"""Path of the nerve root below the pedicle: from the canal through the foramen to the psoas."""


def _root(column: Column, frame: _Frame, station: float) -> Image:
    """Distance from the nerve root of either side."""
    path = _ROOT * (float(column.along("width", np.array([station]))[0]) / 23, 1, 1)
    side = (np.abs(frame.x), frame.u, frame.v)
    same = np.ones(3)
    return np.minimum(_capsule(side, path[:2], 2.6, same), _capsule(side, path[1:], 2.3, same))


def _soft_min(first: Image, second: Image) -> Image:
    """Smooth union of two shapes."""
    mix = np.clip(0.5 + 0.5 * (second - first) / 2.0, 0, 1)
    return np.asarray(second + (first - second) * mix - 2.0 * mix * (1 - mix), dtype=np.float32)


def _canal_back(column: Column, station: float) -> float:
    at = np.array([station])
    return float(column.along("depth", at)[0] + column.along("gap", at)[0] + 2 * column.along("sac", at)[0])


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
