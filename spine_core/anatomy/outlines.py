"""Outlines of masks as polygons, for the viewer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SMOOTHER_PX = 0.4
"""Tolerance in pixels of the polygons that approximate the mask's edge."""


def mask_outlines(mask: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.float64]]:
    """Closed polygons (points, 2) of (row, column) around the pixels of ``mask`` (rows, columns), holes included."""
    from skimage.measure import approximate_polygon, find_contours

    # With a rim, so that contours close at the edge of the image.
    contours = find_contours(np.pad(mask, 1), 0.5)  # type: ignore[no-untyped-call]
    return [approximate_polygon(one - 1, SMOOTHER_PX) for one in contours]  # type: ignore[no-untyped-call]
