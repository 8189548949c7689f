"""Phantoms of other anatomy, which the networks should reject. None of them is used for training.

Drawn from ellipses with T2 signal in the midsagittal plane, anterior to the left as in the lumbar images. The head is
the Shepp-Logan phantom (1974) of scikit-image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from spine_core.training.datasets.phantoms import to_uint8

Canvas = npt.NDArray[np.float64]

SIZE = 320
"""Rows and columns; a pixel is 0.75 mm."""
AIR, DARK, MUSCLE, BONE, DISC, CORD, FAT, FLUID = 0.0, 10.0, 60.0, 91.0, 120.0, 110.0, 170.0, 230.0
PROCESS = 92.0
"""Bone of the spinous processes; distinct from the vertebral bodies."""
BODIES = 7
"""Vertebral bodies of a neck."""


def heads(many: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Heads with random rotation and scale."""
    return _images(head, many)


def necks(many: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Necks with seven vertebrae, discs, canal and cord below a head: the phantoms most similar to a lumbar spine."""
    return _images(neck, many)


def knees(many: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Knees with femur, tibia and patella."""
    return _images(knee, many)


def _images(draw: Callable[[np.random.Generator], Canvas], many: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Adds a point spread of one pixel and Rician noise."""
    from scipy.ndimage import gaussian_filter

    for seed in range(many):
        rng = np.random.default_rng(seed)
        sharp = gaussian_filter(draw(rng), 1.0)
        noise = rng.normal(0.0, rng.uniform(2.0, 8.0), (2, *sharp.shape))
        yield to_uint8(np.hypot(sharp + noise[0], noise[1]))


def head(rng: np.random.Generator) -> Canvas:
    """One head (SIZE, SIZE), without noise."""
    from scipy.ndimage import affine_transform
    from skimage.data import shepp_logan_phantom

    plain = shepp_logan_phantom() * FLUID  # type: ignore[no-untyped-call]
    angle, stretch = rng.uniform(-0.4, 0.4), rng.uniform(0.6, 0.8, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / stretch
    offset = np.array(plain.shape) / 2 - turn @ np.full(2, SIZE / 2)
    return np.asarray(affine_transform(plain, turn, offset, (SIZE, SIZE), order=1))


def neck(rng: np.random.Generator) -> Canvas:
    """One neck (SIZE, SIZE), without noise."""
    canvas = np.full((SIZE, SIZE), AIR)
    inter_disc, bend = 24.0 * rng.uniform(0.85, 1.15), rng.uniform(0.0, 16.0)
    top = rng.uniform(105.0, 125.0)
    rows = top + inter_disc * np.arange(BODIES + 1)
    columns = 150.0 - bend * np.sin(np.linspace(0.0, np.pi, BODIES + 1)) + rng.uniform(-15.0, 15.0)
    _ellipse(canvas, 60.0, columns[0] + 25.0, 85.0, 100.0, FAT)
    _ellipse(canvas, 55.0, columns[0] + 30.0, 70.0, 85.0, CORD)
    for column, half, grey in ((22.0, 78.0, FAT), (20.0, 68.0, MUSCLE), (-34.0, 8.0, AIR)):
        _strip(canvas, 90.0, columns[0] + column, half, grey)
    for row in np.arange(80.0, SIZE + 20.0, 2.0):
        column = float(np.interp(row, rows, columns)) + 21.0
        _ellipse(canvas, row, column, 2.0, 9.0, FLUID)
        _ellipse(canvas, row, column, 2.0, 5.0, CORD)
    for row, column in zip(rows, columns, strict=True):
        _ellipse(canvas, row, column, inter_disc * 0.16, 10.0, DISC)
        _ellipse(canvas, row + 0.6 * inter_disc, column + 50.0, inter_disc * 0.25, 16.0, PROCESS)
    for row, column in zip(rows[:-1] + inter_disc / 2, columns[:-1], strict=True):
        _ellipse(canvas, row, column, inter_disc * 0.32, 10.5, BONE)
    return canvas


def knee(rng: np.random.Generator) -> Canvas:
    """One knee (SIZE, SIZE), without noise."""
    canvas = np.full((SIZE, SIZE), AIR)
    middle, row = 160.0 + rng.uniform(-20.0, 20.0), 150.0 + rng.uniform(-20.0, 20.0)
    wide = rng.uniform(0.85, 1.15)
    _strip(canvas, 0.0, middle, 105.0 * wide, FAT)
    _strip(canvas, 0.0, middle + 15.0, 82.0 * wide, MUSCLE)
    _ellipse(canvas, row - 90.0, middle - 5.0, 110.0, 24.0 * wide, BONE)
    _ellipse(canvas, row - 22.0, middle + 5.0, 40.0, 46.0 * wide, BONE)
    _ellipse(canvas, row + 20.0, middle, 5.0, 44.0 * wide, FLUID)
    _ellipse(canvas, row + 45.0, middle, 20.0, 46.0 * wide, BONE)
    _ellipse(canvas, row + 130.0, middle - 5.0, 100.0, 26.0 * wide, BONE)
    _ellipse(canvas, row - 45.0, middle - 68.0 * wide, 24.0, 11.0, BONE)
    _ellipse(canvas, row + 5.0, middle - 66.0 * wide, 32.0, 4.0, DARK)
    return canvas


def _strip(canvas: Canvas, top: float, column: float, half: float, grey: float) -> None:
    """Fills from row ``top`` downwards, ``half`` pixels to either side of ``column``."""
    canvas[round(top) :, round(column - half) : round(column + half)] = grey


def _ellipse(canvas: Canvas, row: float, column: float, rows: float, columns: float, grey: float) -> None:
    """Fills an ellipse with these half axes, clipped to the canvas."""
    down, right = np.ogrid[:SIZE, :SIZE]
    canvas[((down - row) / rows) ** 2 + ((right - column) / columns) ** 2 <= 1.0] = grey
