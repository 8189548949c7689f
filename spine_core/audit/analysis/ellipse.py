"""The ellipse that a reader draws on a slice, as a mask of a map that lies on the slice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spine_core.audit.view import View
from spine_core.comparison.metrics.localisation.finding_region import Mask


def ellipse_mask(points: Sequence[tuple[float, float]], view: View) -> Mask | None:
    """Pixels of the map whose centre is in the ellipse, (size, size); None for an ellipse without area.

    ``points``: (row, column) on the slice: top, bottom, left, right, the ends of two diameters. An affine transform
    keeps them ends of conjugate diameters, so that the ellipse is the same in a map that is rotated on the slice.
    """
    top, bottom, left, right = view.affine().inverse()(points)
    centre = (top + bottom + left + right) / 4
    diameters = np.stack([(bottom - top) / 2, (right - left) / 2], axis=1)
    # In pixels of the map; a click without a movement has none.
    if abs(np.linalg.det(diameters)) < 1e-9:
        return None
    pixels = np.moveaxis(np.indices((view.size, view.size)), 0, -1)
    # The ellipse is the image of the unit circle.
    on_circle = (pixels - centre) @ np.linalg.inv(diameters).T
    return np.asarray((on_circle**2).sum(axis=-1) <= 1.0)
