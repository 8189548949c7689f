"""Data types of a study: series of slices in patient coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from spine_core.study.found_object import FoundObject
from spine_core.study.geometry import StackGeometry


class Plane(StrEnum):
    """Orientation of a stack, from its direction cosines."""

    SAGITTAL = "sagittal"
    AXIAL = "axial"
    CORONAL = "coronal"
    OBLIQUE = "oblique"
    UNKNOWN = "unknown"


class Weighting(StrEnum):
    """Contrast of an MR series."""

    T1 = "t1"
    T2 = "t2"
    T2_SPACE = "t2_space"
    STIR = "stir"
    PD = "pd"
    OTHER = "other"
    """Known to be none of these: a gradient echo, diffusion, timing between T1 and T2."""
    UNKNOWN = "unknown"
    """The header does not state it."""


class Severity(StrEnum):
    """Severity of a note. ``INFO``: for information. ``WARNING``: check it. ``ERROR``: the data cannot be trusted."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Note:
    """One plain sentence about a series or a study, safe to show and to export: it never contains a file name."""

    severity: Severity
    text: str


@dataclass(frozen=True)
class Problem:
    """A file that could not be read. ``file``: for the screen only, since file names may contain a patient's name."""

    file: str
    reason: str


@dataclass(frozen=True, eq=False)
class Series:
    """One stack of parallel slices, sorted along the patient axis (right to left, anterior to posterior, foot to head).

    ``pixels`` has shape (slices, rows, columns): modality values (rescale applied), in the smallest of int16,
    uint16, uint8 or float32 that holds them exactly. ``inverted`` is True for MONOCHROME1, where large is dark.
    ``spacing`` is (between rows, between columns) in mm, None where unknown.
    ``window`` is the header's (centre, width) in modality values, None where the header has none.
    """

    uid: str
    description: str
    modality: str
    plane: Plane
    weighting: Weighting
    weighting_reason: str
    pixels: npt.NDArray[np.generic]
    geometry: StackGeometry | None
    spacing: tuple[float, float] | None
    slice_thickness: float | None
    files: tuple[str, ...]
    sop_instance_uids: tuple[str | None, ...]
    inverted: bool = False
    window: tuple[float, float] | None = None
    body_part: str = ""
    frame_of_reference_uid: str | None = None
    notes: tuple[Note, ...] = ()
    study_uid: str = ""
    study_date: str = ""
    """Study Date as stored (YYYYMMDD), empty where absent: series of two dates are two examinations."""
    fat_suppressed: bool = False
    contrast_enhanced: bool = False
    not_gradable: str = ""
    """Reason why this series is not graded; empty where it is."""
    synthetic: bool = False
    header: Mapping[str, str] = field(default_factory=dict)
    """Technical header values by DICOM keyword, without identifying ones."""
    padding: npt.NDArray[np.bool_] | None = None
    """(slices, rows, columns), True for pixels without a grey value, None where all have one. They have the darkest
    value of the stack for display and are excluded from statistics."""
    frame_numbers: tuple[int | None, ...] = ()
    """By slice, its frame of the multi-frame object with that SOP Instance UID, from 1; None for one image."""

    @property
    def series_instance_uid(self) -> str:
        """The uid without the number that tells the stacks of one DICOM series apart."""
        return self.uid.partition("#")[0]

    @property
    def slices(self) -> int:
        """Number of slices in the stack."""
        return int(self.pixels.shape[0])

    @property
    def rows(self) -> int:
        """Height of a slice in pixels."""
        return int(self.pixels.shape[1])

    @property
    def columns(self) -> int:
        """Width of a slice in pixels."""
        return int(self.pixels.shape[2])

    @property
    def row_to_column_spacing(self) -> float:
        """Height of a pixel over its width; 1 where the spacing is unknown."""
        return 1.0 if self.spacing is None else self.spacing[0] / self.spacing[1]

    def shares_coordinates(self, other: Series) -> bool:
        """True where both have geometry and the same stated frame of reference."""
        placed = self.geometry is not None and other.geometry is not None
        named = self.frame_of_reference_uid is not None
        return placed and named and self.frame_of_reference_uid == other.frame_of_reference_uid

    def millimetres(self, columns: float) -> float | None:
        """A length given in columns of a slice; None where the spacing is unknown."""
        return None if self.spacing is None else columns * self.spacing[1]

    def square_millimetres(self, pixels: int) -> float | None:
        """The area of a number of pixels of a slice; None where the spacing is unknown."""
        return None if self.spacing is None else pixels * self.spacing[0] * self.spacing[1]

    def display_slice(self, index: int) -> npt.NDArray[np.float32]:
        """Slice ``index`` as float32 (rows, columns) in which larger always means brighter."""
        values = np.asarray(self.pixels[index], dtype=np.float32)
        return -values if self.inverted else values

    def valid(self, index: int) -> npt.NDArray[np.bool_] | None:
        """Pixels of slice ``index`` (rows, columns) that have a grey value; None where all have."""
        return None if self.padding is None else ~self.padding[index]


@dataclass(frozen=True)
class Patient:
    """Identifying header values. Stored only in the session that opened the study, shown on request, never logged."""

    key: str
    """An opaque key that identifies the patient within an upload."""
    name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    study_date: str = ""


@dataclass(frozen=True, eq=False)
class Study:
    """All series that could be read from one upload of one patient."""

    series: tuple[Series, ...]
    problems: tuple[Problem, ...]
    patient: Patient
    sha256: str
    """Hash over the pixels and geometry of all series: the key for results of this session."""
    notes: tuple[Note, ...] = ()
    objects: tuple[FoundObject, ...] = ()
    """Segmentations, reports and documents of the opened examinations; their content is read on demand."""

    @property
    def synthetic(self) -> bool:
        """True where any series is labelled synthetic in its header."""
        return any(series.synthetic for series in self.series)

    def by_uid(self, uid: str) -> Series:
        """The series with this uid. Raises ``KeyError`` where there is none."""
        for series in self.series:
            if series.uid == uid:
                return series
        msg = f"no series with uid {uid!r} in this study"
        raise KeyError(msg)
