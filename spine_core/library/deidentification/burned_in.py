"""Warnings about text that may be drawn into the pixels, where no header action can remove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from spine_core.study.frame import Array, Frame, Mask
from spine_core.study.gradability import is_secondary_capture

PICTURE = "Names may be drawn into a PNG or JPEG picture: look before you keep it."
STATED = "A header says that text is burned into the image: look before you keep it."
CAPTURE = "A secondary capture or screenshot often shows a name in the image: look before you keep it."
DRAWN = "The same marks are drawn at one place into all slices of a series, as text would be: look before you keep it."

MIN_SLICES = 4
"""Anatomy changes over this many slices; text stays."""
SAME = 0.05
"""Largest difference of a mark between slices, as a fraction of the range of grey values: lossy compression."""
BRIGHT = 0.8
"""Least brightness of a mark within the range of grey values; text is drawn in white."""
DARK = 0.6
EDGE = 0.7
"""Text ends abruptly: two pixels outside a mark, at least the fraction ``EDGE`` of all pixels stays below ``DARK`` in
every slice. Fat that is saturated in all slices fades out instead."""
HEIGHT = (5, 40)
"""Height of letters in pixels."""
STROKE = 4
"""Largest width of a stroke in pixels."""
LETTERS = 4
"""Least number of letters in one line."""


@dataclass(frozen=True)
class _Letter:
    """A connected mark: its box in pixels."""

    top: int
    bottom: int
    left: int
    right: int


def burned_in_warnings(frames: Sequence[Frame]) -> tuple[str, ...]:
    """One plain sentence per kind of sign that text may be in the pixels; empty where there is none."""
    signs = {
        PICTURE: any(frame.header.get("Format") in {"PNG", "JPEG"} for frame in frames),
        STATED: any(frame.header.get("BurnedInAnnotation", "").upper() == "YES" for frame in frames),
        CAPTURE: any(is_capture(frame) for frame in frames),
        DRAWN: any(has_drawn_text(stack) for stack in _stacks(frames)),
    }
    return tuple(sentence for sentence, found in signs.items() if found)


def is_capture(frame: Frame) -> bool:
    """True for secondary captures, and for screens that a scanner or workstation saved."""
    types = frame.header.get("ImageType", "").upper()
    return is_secondary_capture(frame.header) or "SCREEN" in types


def has_drawn_text(slices: Array) -> bool:
    """True where a line of bright marks of the size of letters is the same in all ``slices`` (N, rows, columns)."""
    if len(slices) < MIN_SLICES:
        return False
    low, high = slices.min(axis=0), slices.max(axis=0)
    floor, ceiling = float(low.min()), float(high.max())
    if not np.isfinite(ceiling - floor) or ceiling <= floor:
        return False
    marks = (high - low <= SAME * (ceiling - floor)) & (low >= floor + BRIGHT * (ceiling - floor))
    dark = high <= floor + DARK * (ceiling - floor)
    return _has_line(_letters(marks, dark))


def _stacks(frames: Sequence[Frame]) -> list[Array]:
    """The slices of each series and size."""
    groups: dict[object, list[Frame]] = {}
    for frame in frames:
        groups.setdefault((frame.series_uid, frame.pixels.shape), []).append(frame)
    return [
        np.stack([frame.pixels for frame in group]).astype(np.float32)
        for group in groups.values()
        if len(group) >= MIN_SLICES
    ]


def _letters(marks: Mask, dark: Mask) -> list[_Letter]:
    """Connected marks that are as high as letters, as thin as strokes, and end abruptly."""
    labels, count = ndimage.label(marks, np.ones((3, 3)))
    if not count:
        return []
    depth = ndimage.distance_transform_cdt(np.pad(marks, 1), "chessboard")[1:-1, 1:-1]
    widths = 2 * ndimage.maximum(depth, labels, range(1, count + 1)) - 1
    return [
        _Letter(rows.start, rows.stop, columns.start, columns.stop)
        for number, ((rows, columns), width) in enumerate(
            zip(ndimage.find_objects(labels), widths, strict=True), start=1
        )
        if HEIGHT[0] <= rows.stop - rows.start <= HEIGHT[1]
        and width <= STROKE
        and _ends_abruptly(labels == number, dark, rows, columns)
    ]


def _ends_abruptly(mark: Mask, dark: Mask, rows: slice, columns: slice) -> bool:
    """Whether most pixels at a distance of two from the mark, whose box is given, are dark in all slices."""
    around = np.s_[max(0, rows.start - 2) : rows.stop + 2, max(0, columns.start - 2) : columns.stop + 2]
    near = ndimage.binary_dilation(mark[around], np.ones((3, 3)))
    ring = ndimage.binary_dilation(near, np.ones((3, 3))) & ~near
    return bool(ring.any() and np.mean(dark[around][ring]) >= EDGE)


def _has_line(letters: list[_Letter]) -> bool:
    return any(sum(_on_line(one, other) for other in letters) >= LETTERS for one in letters)


def _on_line(one: _Letter, other: _Letter) -> bool:
    """True for letters of similar height on one line, at most ten heights apart; also for a letter and itself."""
    height, other_height = one.bottom - one.top, other.bottom - other.top
    similar = 0.5 * height <= other_height <= 2 * height
    level = abs((one.top + one.bottom) - (other.top + other.bottom)) <= height
    near = abs(one.left - other.left) <= 10 * height
    return similar and level and near
