"""Data types: what objects are made from, and the objects."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from pydicom.dataset import Dataset

from spine_core.explanation.base import Explanation
from spine_core.grading.types import Reading
from spine_core.library.types import Review
from spine_core.report.types import Report
from spine_core.study.types import Study

SliceId = tuple[str, int]
"""A slice of the study: uid of its series, and its index there."""


def _now() -> datetime:
    return datetime.now().astimezone()


@dataclass(frozen=True, eq=False)
class ObjectInput:
    """What objects are made from.

    ``reviews``: the reader's decisions by level and condition. ``previous``: the structured report that this one
    amends, or its header. ``time``: aware; it is written into the objects.
    """

    study: Study
    reading: Reading
    report: Report
    explanations: Sequence[Explanation] = ()
    reviews: Mapping[tuple[str, str], Review] = field(default_factory=lambda: MappingProxyType({}))
    previous: Dataset | None = None
    time: datetime = field(default_factory=_now)


@dataclass(frozen=True, eq=False)
class SourceImage:
    """The header of a slice, read again from its file.

    ``header``: as of a classic MR image, without pixels and sequences. Its SOP Instance UID is ``placeholder``, which
    differs for every frame; ``references.name_sources`` puts the instance and its frame in its place.
    ``frame_number``: of a multi-frame instance, from 1; None where the instance is one image.
    """

    header: Dataset = field(repr=False)
    placeholder: str
    sop_class_uid: str
    sop_instance_uid: str
    frame_number: int | None = None


Sources = Mapping[SliceId, SourceImage]
"""The headers of the slices that a kind asked for."""


@dataclass(frozen=True, eq=False)
class DicomObject:
    """One object. ``kind``: the name of its ``ObjectKind``. ``label``: in words, without patient data."""

    kind: str
    label: str
    dataset: Dataset = field(repr=False)

    def to_bytes(self) -> bytes:
        """The object as a DICOM file (PS3.10)."""
        out = io.BytesIO()
        self.dataset.save_as(out, enforce_file_format=True)
        return out.getvalue()


@dataclass(frozen=True)
class ObjectKind:
    """A kind of object. A new kind is one file and one entry of the registry.

    ``lacking``: why none can be made, as a clause; empty where one can. ``slices``: whose headers it needs. ``make``:
    the objects, for input that lacks nothing.
    """

    name: str
    label: str
    lacking: Callable[[ObjectInput], str]
    slices: Callable[[ObjectInput], Iterator[SliceId]]
    make: Callable[[ObjectInput, Sources], Iterator[DicomObject]]
