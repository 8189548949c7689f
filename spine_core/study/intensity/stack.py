"""Combines slices to one stack for display. Pixels without a grey value are reported and set to the darkest value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.study.dicom.padding import at_edge
from spine_core.study.frame import Frame, Mask, Pixels, smallest
from spine_core.study.types import Note, Severity

Numbers = npt.NDArray[Any]

REPORTED = 0.005
"""Fraction of padded pixels from which padding is reported in a note."""
FAR = 4.0
"""A smallest or largest value that lies this many times the range of all others away from them means "no value": MR
signal is continuous, so -32768 below 0 to 1200 is no signal."""
VARIED = 32
"""A stack with fewer different values is a label map, whose values may lie far apart."""
LARGEST = float(np.finfo(np.float32).max)
SMALLEST = 1e-36
"""Smaller numbers lose digits in single precision."""
GREYS = 256


@dataclass(frozen=True, eq=False)
class GreyStack:
    """``pixels`` (slices, rows, columns) and ``padding`` as in ``Series``, with notes about them."""

    pixels: Pixels
    padding: Mask | None
    notes: tuple[Note, ...]


def grey_stack(frames: Sequence[Frame]) -> GreyStack:
    """Combines the slices of one stack in the smallest type that holds their grey values.

    Padding is what a file marks as such, pixels that are not finite in single precision, and values that mean "no
    value".
    """
    values, notes = _within_single_precision([frame.pixels for frame in frames])
    lost = [_no_number(one) for one in values]
    padding = [_either(frame.padding, mask) for frame, mask in zip(frames, lost, strict=True)]
    notes += _lost_notes(lost) + _padding_notes(frames)
    for sentinel in _sentinels(values, padding):
        same = [one == sentinel for one in values]
        padding = [_either(mask, one) for mask, one in zip(padding, same, strict=True)]
        notes.append(_sentinel_note(sentinel, sum(int(one.sum()) for one in same)))
    if all(mask is None for mask in padding):
        pixels = smallest(values)
        return GreyStack(pixels, None, (*notes, *_precision_notes(values, pixels)))
    combined = np.stack(
        [np.zeros(one.shape, np.bool_) if m is None else m for one, m in zip(values, padding, strict=True)]
    )
    if combined.all():
        notes.append(Note(Severity.ERROR, "No pixel of this series has a grey value."))
    darkest = _darkest(values, combined, inverted=frames[0].inverted)
    filled = [np.where(mask, darkest, one) for mask, one in zip(combined, values, strict=True)]
    pixels = smallest(filled)
    return GreyStack(pixels, combined, (*notes, *_precision_notes(filled, pixels)))


def _either(one: Mask | None, other: Mask | None) -> Mask | None:
    if one is None or other is None:
        return one if other is None else other
    return one | other


def _within_single_precision(values: Sequence[Numbers]) -> tuple[list[Numbers], list[Note]]:
    """Scales values by a power of ten where all are too large or too small for single precision."""
    if all(one.dtype.kind != "f" for one in values):
        return list(values), []
    sizes = [np.abs(one[np.isfinite(one) & (one != 0)], dtype=np.float64) for one in values]
    largest = max((float(size.max()) for size in sizes if size.size), default=0.0)
    if largest == 0 or any(np.any((size >= SMALLEST) & (size <= LARGEST)) for size in sizes):
        return list(values), []
    power = int(np.clip(-np.floor(np.log10(largest)), -300, 300))
    text = (
        f"The values are too {'large' if power < 0 else 'small'} to be kept; they are shown times 1e{power}."
    )
    return [one * np.float64(10.0**power) for one in values], [Note(Severity.WARNING, text)]


def _no_number(values: Numbers) -> Mask | None:
    if values.dtype.kind != "f":
        return None
    lost = ~(np.abs(values) <= LARGEST)  # NaN compares false
    return lost if lost.any() else None


def _sentinels(values: Sequence[Numbers], padding: Sequence[Mask | None]) -> list[float]:
    """Values that mean "no value" although the file does not state it: extreme, and far from all others.

    A value above all others must lie along the edge, since burned-in text is bright as well. 8-bit images have no range
    for such values.
    """
    if all(one.dtype.itemsize == 1 for one in values):
        return []
    known = [one.ravel() if mask is None else one[~mask] for one, mask in zip(values, padding, strict=True)]
    low, high = _span(known)
    between = [one[(one > low) & (one < high)] for one in known]
    least, most = _span(between)
    found = [low] if low < least - FAR * (most - least) else []
    if high > most + FAR * (most - least) and _along_edge([one == high for one in values]):
        found.append(high)
    varied = found and len(np.unique(np.concatenate([np.unique(one) for one in between]))) >= VARIED
    return found if varied else []


def _span(parts: Iterable[Numbers]) -> tuple[float, float]:
    """Smallest and largest value; NaN, which compares false, where there is none."""
    ends = [(float(one.min()), float(one.max())) for one in parts if one.size]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else (np.nan, np.nan)


def _along_edge(masks: Sequence[Mask]) -> bool:
    """Whether at least half of these pixels are connected to the edge of their slice."""
    return 2 * sum(int(at_edge(mask).sum()) for mask in masks) >= sum(int(mask.sum()) for mask in masks)


def _darkest(values: Sequence[Numbers], padding: Mask, *, inverted: bool) -> np.generic:
    low, high = _span(one[~mask] for one, mask in zip(values, padding, strict=True))
    darkest = high if inverted else low
    if np.isnan(darkest):
        return np.int64(0)
    return np.int64(darkest) if darkest.is_integer() and abs(darkest) < 2**53 else np.float64(darkest)


def _lost_notes(lost: Sequence[Mask | None]) -> list[Note]:
    count = sum(int(mask.sum()) for mask in lost if mask is not None)
    if not count:
        return []
    text = f"{count} pixels hold no number or one that is too large; they have no grey value and are shown black."
    return [Note(Severity.WARNING, text)]


def _padding_notes(frames: Sequence[Frame]) -> list[Note]:
    count = sum(int(frame.padding.sum()) for frame in frames if frame.padding is not None)
    fraction = count / sum(frame.pixels.size for frame in frames)
    if fraction < REPORTED:
        return []
    return [
        Note(
            Severity.INFO,
            f"{fraction:.0%} of the pixels are padding: they have no grey value and are shown black.",
        )
    ]


def _sentinel_note(value: float, count: int) -> Note:
    text = (
        f'{count} pixels hold {value:g}, far from all other values. It is taken to mean "no value": they have no '
        "grey value and are shown black."
    )
    return Note(Severity.WARNING, text)


def _precision_notes(values: Sequence[Numbers], pixels: Numbers) -> list[Note]:
    """A note where conversion to single precision loses grey levels."""
    if pixels.dtype != np.float32 or all(one.dtype == np.float32 for one in values):
        return []
    low, high = float(pixels.min()), float(pixels.max())
    if low == high or float(np.spacing(np.float32(max(abs(low), abs(high))))) * GREYS < high - low:
        return []
    text = "The values differ so little for their size that grey levels are lost."
    return [Note(Severity.WARNING, text)]
