"""The acquisition of a study: geometry of the slices, coil, resolution and noise of the scanner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spine_core.anatomy.types import LEVELS
from spine_core.phantom.anatomy import FIRST_LEVEL, Column
from spine_core.phantom.canvas import ramp
from spine_core.phantom.curve import Image
from spine_core.phantom.soft import Trunk
from spine_core.phantom.spec import generator
from spine_core.study.geometry import StackGeometry

SAGITTAL_SHAPE = (384, 384)
AXIAL_SHAPE = (320, 320)
SAGITTAL_SLICES = 15
AXIAL_SLICES = 3
THICKNESS = 4.0
SPACING_BETWEEN = 4.4
_AXIAL_PIXEL = 0.625


@dataclass(frozen=True)
class Scanner:
    """Parameters that differ between examinations.

    ``width``: pixels between zeros of the point spread. ``sigma``: noise over the signal of water with density 1.
    ``gain``: stored value of that signal. ``band``: y of the saturation band's posterior edge at z = 0, its slope,
    and the z below which it ends. ``depth``: mm over which the coil's sensitivity halves.
    """

    pixel: float
    turn: tuple[float, float]
    shift: tuple[float, float, float]
    width: float
    sigma: float
    gain: float
    band: tuple[float, float, float]
    saturation: float
    depth: float
    uneven: tuple[float, float]

    @classmethod
    def of(cls, seed: int) -> Scanner:
        """The examination of the person ``seed``."""
        rng = generator(seed, "scanner")
        return cls(
            pixel=round(float(rng.uniform(0.65, 0.73)), 3),
            turn=(float(np.radians(rng.uniform(-2, 2))), float(np.radians(rng.uniform(-1.5, 1.5)))),
            shift=(float(rng.uniform(-1.2, 1.2)), float(rng.uniform(-8, 8)), float(rng.uniform(-8, 8))),
            width=float(rng.uniform(1.25, 1.6)),
            sigma=float(rng.uniform(0.008, 0.014)),
            gain=float(rng.uniform(1300, 2200)),
            band=(float(rng.uniform(8, 26)), float(rng.uniform(-0.06, 0.04)), float(rng.uniform(-20, 20))),
            saturation=float(rng.uniform(0.7, 0.92)),
            depth=float(rng.uniform(75, 120)),
            uneven=(float(rng.uniform(-0.12, 0.12)), float(rng.uniform(0.0, 0.3))),
        )

    def sagittal(self, column: Column) -> StackGeometry:
        """Sagittal slices, the first at the patient's right, nearly parallel to the midsagittal plane."""
        rows, columns = SAGITTAL_SHAPE
        turn, nod = self.turn
        row = np.array([np.sin(turn), np.cos(turn), 0.0])
        column_direction = np.array([np.sin(nod), 0.0, -np.cos(nod)])
        column_direction -= row * (column_direction @ row)
        column_direction /= np.linalg.norm(column_direction)
        middle, _ = column.curve.at(float(column.stations[5]) - 6.0)
        middle = middle + np.array([self.shift[0], self.shift[1] - 12.0, self.shift[2]])
        first = middle - self.pixel * (row * (columns - 1) + column_direction * (rows - 1)) / 2
        normal = np.cross(row, column_direction)
        steps = (np.arange(SAGITTAL_SLICES) - (SAGITTAL_SLICES - 1) / 2) * SPACING_BETWEEN
        # The normal of these directions points to the right, but the stack runs from right to left.
        positions = first - steps[:, None] * normal
        return StackGeometry(positions, row, column_direction, (self.pixel, self.pixel))

    def axial(self, column: Column) -> tuple[StackGeometry, ...]:
        """One slab per lumbar disc, each parallel to its disc, foot to head within the slab."""
        slabs = []
        rows, columns = AXIAL_SHAPE
        for index in range(FIRST_LEVEL, FIRST_LEVEL + len(LEVELS)):
            middle, angle = column.curve.at(float(column.stations[index]), 12.0)
            row = np.array([1.0, 0.0, 0.0])
            column_direction = np.array([0.0, np.cos(angle), np.sin(angle)])
            head = np.cross(row, column_direction)
            first = middle - _AXIAL_PIXEL * (row * (columns - 1) + column_direction * (rows - 1)) / 2
            steps = (np.arange(AXIAL_SLICES) - (AXIAL_SLICES - 1) / 2) * SPACING_BETWEEN
            slabs.append(
                StackGeometry(
                    first + steps[:, None] * head, row, column_direction, (_AXIAL_PIXEL, _AXIAL_PIXEL)
                )
            )
        return tuple(slabs)

    def sensitivity(self, trunk: Trunk, points: tuple[Image, Image, Image], *, banded: bool) -> Image:
        """Smooth factor of the signal: a posterior coil, and a band that saturates the abdomen if ``banded``."""
        _, y, z = points
        skin = np.interp(z, trunk.z, trunk.skin).astype(np.float32)
        deep = np.maximum(skin - y, 0) / self.depth
        coil = 0.95 / (1 + 0.8 * deep**2) + 0.33
        ends = 1 - ((z - 10 * self.uneven[0]) / 210) ** 2 + self.uneven[0] * z / 130
        gain = coil * ends
        if banded:
            edge, slope, end = self.band
            mid = float(np.interp(0.0, trunk.z, trunk.fascia)) - 49 - 44
            band = ramp(mid - edge + slope * z - y, -9, 12) * ramp(z, -105 + end, -62 + end)
            gain = gain * (1 - self.saturation * band)
            # Correction of gradient distortion leaves curved, empty edges above and below, largest posteriorly.
            middle = np.float32(z.mean())
            limit = (
                0.5 * (z.max() - z.min())
                + 1.0
                - self.uneven[1] * 12
                - 5.0 * np.clip((y - mid) / 110, 0, 2) ** 2
            )
            gain = gain * ramp(limit - np.abs(z - middle), -0.6, 0.6)
        return np.asarray(np.maximum(gain, 0), dtype=np.float32)
