"""What is wrong with the greys of a finished series: a window that shows nothing, and greys that are inverted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.study.model import Note, Plane, Series, Severity
from spine_core.study.window import shows_something

Grey = npt.NDArray[np.float32]

SMALLEST_SIDE = 32
"""Smaller images have no background that could be told from what is in them."""
RING = 0.05
"""Width of the image's rim as a share of its shorter side: outside of the body nearly everywhere."""
BRIGHT_RING, BRIGHT_IMAGE = 0.7, 0.55
"""Median of the rim and mean of the image, 0 dark to 1 bright, above which the background is bright. Of the 1,815 real
images in ``SPINELENS_DATA`` none has more than 0.17 and 0.42, of their negatives none less than 0.83 and 0.58."""
BRIGHT_FRAMED = 0.8
"""The same for the rim within a frame of one value, such as a screenshot has: there rim and body are nearer."""

INVERTED = "its greys look inverted (a bright background around a darker body)"


def checked(series: Series) -> Series:
    """The series with what is wrong with its greys in ``notes``, ``window`` and ``not_gradable``."""
    if not shows_something(series):
        text = "The window in the header shows nothing of this series: percentiles of its values are shown instead."
        series = replace(series, window=None, notes=(*series.notes, Note(Severity.WARNING, text)))
    if _is_anatomy(series) and looks_inverted(series):
        text = f"Check the grey scale: {INVERTED}. Such an image is shown as it is and not graded."
        series = replace(
            series,
            not_gradable=series.not_gradable or INVERTED,
            notes=(*series.notes, Note(Severity.WARNING, text)),
        )
    return series


def _is_anatomy(series: Series) -> bool:
    """Series that are graded, and planes that are not: maps and screenshots may have a bright background by right."""
    return not series.not_gradable or (series.modality == "MR" and series.plane is not Plane.UNKNOWN)


def looks_inverted(series: Series) -> bool:
    """True where most of three slices have a bright background around a darker body."""
    if min(series.rows, series.columns) < SMALLEST_SIDE:
        return False
    indices = sorted({series.slices // 4, series.slices // 2, 3 * series.slices // 4})
    votes = [_is_negative(series.bright(index), series.valid(index)) for index in indices]
    return sum(votes) > len(votes) / 2


def _is_negative(image: Grey, valid: npt.NDArray[np.bool_] | None) -> bool:
    known = np.ones(image.shape, dtype=np.bool_) if valid is None else valid
    if _rim_is_bright(image, known, BRIGHT_RING):
        return True
    framed = known & (image != image[0, 0])
    return bool(_is_frame(framed)) and _rim_is_bright(image, framed, BRIGHT_FRAMED)


def _is_frame(inside: npt.NDArray[np.bool_]) -> bool:
    """Whether what is not ``inside`` runs around the image."""
    return not (inside[0].any() or inside[-1].any() or inside[:, 0].any() or inside[:, -1].any())


def _rim_is_bright(image: Grey, known: npt.NDArray[np.bool_], least: float) -> bool:
    """``known``: pixels that are looked at; the rim is that of the rectangle around them."""
    rows, columns = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
    if min(len(rows), len(columns)) < SMALLEST_SIDE:
        return False
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    image, known = image[part], known[part]
    low, high = np.percentile(image[known], [1.0, 99.0])
    if not 0 < high - low < np.inf:
        return False
    grey = np.clip((image - low) / (high - low), 0.0, 1.0)
    width = max(1, round(RING * min(image.shape)))
    rim = known.copy()
    rim[width:-width, width:-width] = False
    return bool(np.median(grey[rim]) > least and np.mean(grey[known]) > BRIGHT_IMAGE)
