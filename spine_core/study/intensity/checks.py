"""Notes on the intensities of a finished series: a window that shows nothing, or an inverted grey scale."""

from __future__ import annotations

from dataclasses import replace

from spine_core.study.intensity.inversion import INVERTED, looks_inverted
from spine_core.study.intensity.window import shows_something
from spine_core.study.types import Note, Plane, Series, Severity


def checked(series: Series) -> Series:
    """The series with these notes, and without its window where that shows nothing."""
    if not shows_something(series):
        text = "The window in the header shows nothing of this series: percentiles of its values are shown instead."
        series = replace(series, window=None, notes=(*series.notes, Note(Severity.WARNING, text)))
    if series.not_gradable == INVERTED or _is_negative_of_another_plane(series):
        text = f"Check the grey scale: {INVERTED}. Such an image is shown as it is and not graded."
        series = replace(series, notes=(*series.notes, Note(Severity.WARNING, text)))
    return series


def _is_negative_of_another_plane(series: Series) -> bool:
    """True for inverted MR in a plane that is not graded; maps and screenshots may have a bright background."""
    other = series.modality == "MR" and series.plane in (Plane.AXIAL, Plane.CORONAL, Plane.OBLIQUE)
    return other and looks_inverted(series.pixels, series.padding, inverted=series.inverted)
