"""One slice as read from a file, before slices are sorted into stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spine_core.study.types import Note, Patient, Plane

Array = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.generic]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Exclusion:
    """Why slices are shown and not graded.

    ``whole_series``: applies to every slice of the series. ``other_contrast``: neither T1 nor T2, whatever the series
    is called.
    """

    reason: str
    whole_series: bool = False
    other_contrast: bool = False


@dataclass(frozen=True, eq=False)
class Frame:
    """One slice, its position in the patient, and what distinguishes it from others at the same position.

    ``pixels``: (rows, columns), modality values. ``padding``: (rows, columns), True for pixels without a grey
    value, None where there are none. ``position``: (3,) LPS mm of the first pixel's centre.
    ``directions``: (2, 3), the row direction and the column direction as stored. ``None`` where unusable.
    ``kinds``: (what, value) pairs such as ("echo time", "90"); ``times``: moments, for repeats over time.
    ``location``: Slice Location in mm, None where absent. ``numbered``: whether the file gives ``number`` itself.
    ``frame_number``: of a multi-frame object, from 1 as DICOM counts; None where the object is one image.
    """

    file: str
    series_uid: str
    pixels: Pixels
    sop_instance_uid: str | None = None
    number: int = 0
    modality: str = ""
    position: Array | None = None
    directions: Array | None = None
    spacing: tuple[float, float] | None = None
    thickness: float | None = None
    window: tuple[float, float] | None = None
    inverted: bool = False
    frame_of_reference_uid: str | None = None
    kinds: tuple[tuple[str, str], ...] = ()
    times: tuple[float, ...] = ()
    patient: Patient | None = None
    study_uid: str = ""
    location: float | None = None
    numbered: bool = True
    synthetic: bool = False
    exclusion: Exclusion | None = None
    notes: tuple[Note, ...] = ()
    header: Mapping[str, str] = field(default_factory=dict)
    padding: Mask | None = None
    frame_number: int | None = None


def smallest(frames: Sequence[Pixels]) -> Pixels:
    """Stacks slices (rows, columns) in the smallest of uint8, int16, uint16, float32 that holds them exactly.

    Values that are not integers, and integers beyond 16 bits, become float32.
    """
    whole = all(np.issubdtype(frame.dtype, np.integer) or frame.dtype == np.bool_ for frame in frames)
    if not whole and all(_is_whole(frame) for frame in frames):
        whole = True
    dtype: type[np.generic] = np.float32
    if whole:
        low = min(float(frame.min()) for frame in frames)
        high = max(float(frame.max()) for frame in frames)
        for candidate in (np.uint8, np.int16, np.uint16):
            if np.iinfo(candidate).min <= low and high <= np.iinfo(candidate).max:
                dtype = candidate
                break
    out = np.empty((len(frames), *frames[0].shape), dtype=dtype)
    for index, frame in enumerate(frames):
        out[index] = frame
    return out


def _is_whole(frame: Pixels) -> bool:
    values = frame.astype(np.float64, copy=False)
    return bool(np.all(np.isfinite(values)) and np.all(values == np.rint(values)))


def plane_of(normal: Array) -> Plane:
    """The plane from the slice normal (3,).

    A normal within ``OBLIQUE_DEGREES`` of an axis gives that axis's plane: slices along a steep L5/S1 disc are still
    axial, and sagittal slices that follow a scoliosis still sagittal.
    """
    axis = int(np.argmax(np.abs(normal)))
    if abs(normal[axis]) < np.cos(np.radians(OBLIQUE_DEGREES)):
        return Plane.OBLIQUE
    return (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)[axis]


OBLIQUE_DEGREES = 44.0
"""Just below the diagonal: L5/S1 discs are imaged at up to 40 degrees from the horizontal."""
