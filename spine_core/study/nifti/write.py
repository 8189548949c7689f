"""A slice-sized image as NIfTI, placed as its series is, so that other viewers can lay it over the series."""

from __future__ import annotations

import gzip

import numpy as np
import numpy.typing as npt

from spine_core.study.nifti.volume import RAS_TO_LPS
from spine_core.study.types import Series

SCANNER, UNKNOWN = 1, 0
"""NIfTI's codes: the affine leads to scanner coordinates, or to none."""


def slice_nifti(values: npt.NDArray[np.float32], series: Series, index: int) -> bytes:
    """``values`` (rows, columns) on slice ``index`` of ``series`` as a compressed NIfTI-1 volume (columns, rows, 1).

    Without patient coordinates only the pixel spacing is given, and the code says that the position is unknown.
    """
    import nibabel

    image = nibabel.Nifti1Image(values.T[:, :, None], _affine(series, index))  # type: ignore[no-untyped-call]
    code = UNKNOWN if series.geometry is None else SCANNER
    image.header.set_sform(image.affine, code=code)  # type: ignore[no-untyped-call]
    image.header.set_qform(image.affine, code=code)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm")  # type: ignore[no-untyped-call]
    # Without a time stamp equal maps are equal files.
    return gzip.compress(image.to_bytes(), mtime=0)


def _affine(series: Series, index: int) -> npt.NDArray[np.float64]:
    """(4, 4), from (column, row, slice) to RAS mm."""
    across = series.slice_thickness or 1.0
    geometry = series.geometry
    if geometry is None:
        rows, columns = series.spacing or (1.0, 1.0)
        return np.diag([columns, rows, across, 1.0])
    affine = np.eye(4)
    affine[:3, 0] = geometry.row_direction * geometry.spacing[1]
    affine[:3, 1] = geometry.column_direction * geometry.spacing[0]
    affine[:3, 2] = geometry.normal * across
    affine[:3, 3] = geometry.positions[index]
    return np.asarray(RAS_TO_LPS @ affine, dtype=np.float64)
