"""Conversion between pixels and millimetres, for the whole program.

Patient coordinates are DICOM's LPS: x to the patient's left, y to posterior, z to the head, in millimetres.
Pixel coordinates are (row, column) with (0, 0) at the centre of the first pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StackGeometry:
    """Position of a stack of parallel slices in the patient (DICOM PS3.3 C.7.6.2.1.1).

    ``positions``: (slices, 3), centre of the first pixel of each slice.
    ``row_direction``: (3,), unit vector along which the column index grows (ImageOrientationPatient[0:3]).
    ``column_direction``: (3,), unit vector along which the row index grows (ImageOrientationPatient[3:6]).
    ``spacing``: (between rows, between columns) in mm (PixelSpacing).
    """

    positions: Array
    row_direction: Array
    column_direction: Array
    spacing: tuple[float, float]

    @property
    def normal(self) -> Array:
        """Unit vector across the slices."""
        return np.asarray(np.cross(self.row_direction, self.column_direction), dtype=np.float64)

    def to_patient(self, slice_index: int, row: float, column: float) -> Array:
        """LPS millimetres, shape (3,), of a pixel position."""
        return np.asarray(
            self.positions[slice_index]
            + self.column_direction * (row * self.spacing[0])
            + self.row_direction * (column * self.spacing[1]),
            dtype=np.float64,
        )

    def to_pixel(self, point: npt.ArrayLike) -> tuple[int, float, float, float]:
        """Nearest slice, row, column of an LPS point, and its distance in mm from that slice's plane."""
        point = np.asarray(point, dtype=np.float64)
        along = (point - self.positions) @ self.normal
        index = int(np.argmin(np.abs(along)))
        row, column = self.in_plane(index, point)
        return index, row, column, float(abs(along[index]))

    def in_plane(self, slice_index: int, point: Array) -> tuple[float, float]:
        """(row, column) of an LPS point, projected onto a slice."""
        offset = point - self.positions[slice_index]
        row = float(offset @ self.column_direction) / self.spacing[0]
        return row, float(offset @ self.row_direction) / self.spacing[1]


@dataclass(frozen=True)
class Affine2:
    """Affine map from (row, column) of one image to (row, column) of another: ``p -> matrix @ p + offset``."""

    matrix: tuple[tuple[float, float], tuple[float, float]]
    offset: tuple[float, float]

    def __call__(self, points: npt.ArrayLike) -> Array:
        """Transforms points of shape (..., 2)."""
        mapped = np.asarray(points, dtype=np.float64) @ np.asarray(self.matrix).T + np.asarray(self.offset)
        return np.asarray(mapped, dtype=np.float64)

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Row by row, ``row = [0] r + [1] c + [2]``, ``column = [3] r + [4] c + [5]``."""
        rows = zip(self.matrix, self.offset, strict=True)
        return tuple(float(number) for row, offset in rows for number in (*row, offset))

    @classmethod
    def of_coefficients(cls, numbers: Sequence[float]) -> Affine2:
        """The map of ``coefficients``."""
        a, b, row, c, d, column = numbers
        return cls(((a, b), (c, d)), (row, column))

    def inverse(self) -> Affine2:
        """The inverse map. Raises ``numpy.linalg.LinAlgError`` where there is none."""
        back = np.linalg.inv(np.asarray(self.matrix))
        offset = -back @ np.asarray(self.offset)
        return Affine2(_pairs(back), (float(offset[0]), float(offset[1])))

    def after(self, first: Affine2) -> Affine2:
        """The map that applies ``first`` and then this one."""
        matrix = np.asarray(self.matrix) @ np.asarray(first.matrix)
        offset = np.asarray(self.matrix) @ np.asarray(first.offset) + np.asarray(self.offset)
        return Affine2(_pairs(matrix), (float(offset[0]), float(offset[1])))

    def resample(
        self, source: npt.ArrayLike, shape: tuple[int, int], *, order: int = 1, outside: float = 0.0
    ) -> npt.NDArray[np.float32]:
        """Image of ``shape`` whose pixel p is ``source`` (rows, columns) at ``self(p)``, ``outside`` beyond its edge.

        ``order``: of the spline interpolation.
        """
        image = np.asarray(source, dtype=np.float32)
        resampled = ndimage.affine_transform(
            image,
            np.asarray(self.matrix),
            offset=self.offset,
            output_shape=shape,
            order=order,
            mode="constant",
            cval=outside,
        )
        return np.asarray(resampled, dtype=np.float32)


def plane_to_plane(
    source: StackGeometry, source_index: int, target: StackGeometry, target_index: int
) -> Affine2:
    """Affine map from pixels of one slice to those of another: along the normal of the target where they are apart."""
    corner, below, right = (
        np.array(target.in_plane(target_index, source.to_patient(source_index, *at)))
        for at in ((0, 0), (1, 0), (0, 1))
    )
    matrix = np.stack([below - corner, right - corner], axis=1)
    return Affine2(_pairs(matrix), (float(corner[0]), float(corner[1])))


def _pairs(matrix: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    return (
        (float(matrix[0, 0]), float(matrix[0, 1])),
        (float(matrix[1, 0]), float(matrix[1, 1])),
    )


def crop_frame(
    center: tuple[float, float],
    down: tuple[float, float],
    width: float,
    size: int,
    row_to_column_spacing: float = 1.0,
) -> Affine2:
    """Affine map of a square crop, from crop pixels to slice pixels.

    ``center``: (row, column) in the slice that falls on the middle of the crop.
    ``down``: direction of the crop's row axis, (row, column) in square pixels of one column's width.
    ``width``: side of the crop, in columns of the slice. ``size``: side of the crop in its own pixels.
    ``row_to_column_spacing``: height of a slice pixel over its width; the crop's own pixels are square.
    """
    step = width / size
    length = float(np.hypot(*down))
    dr, dc = down[0] / length, down[1] / length
    # In square pixels, crop rows run along (dr, dc) and crop columns along (-dc, dr), a quarter turn clockwise.
    # Dividing the first component by the aspect ratio converts square pixels to rows of the slice.
    matrix = np.array([[dr, -dc], [dc, dr]]) * step
    matrix[0] /= row_to_column_spacing
    middle = (size - 1) / 2
    offset = np.asarray(center) - matrix @ np.array([middle, middle])
    return Affine2(_pairs(matrix), (float(offset[0]), float(offset[1])))
