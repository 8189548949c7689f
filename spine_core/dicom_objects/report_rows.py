"""What a structured report of ours holds, as rows."""

from __future__ import annotations

from dataclasses import dataclass, field

FREE_TEXT = "free text"
"""Section of the findings that the reader wrote in the place of sentences by level."""


@dataclass(frozen=True)
class ReadGrade:
    """A grade. ``observer``: the network, or the reader where ``by_reader``. ``probability``: of a network's grade."""

    level: str
    condition: str
    grade: str
    observer: str = field(repr=False)
    by_reader: bool
    probability: float | None = None


@dataclass(frozen=True)
class ReadMeasurement:
    """A measurement on the segmentation, in ``unit``."""

    level: str
    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class ReadSentence:
    """A sentence of a level or of another section of ``report.types.SECTIONS``, or of ``FREE_TEXT``."""

    section: str
    text: str
    by_reader: bool


@dataclass(frozen=True)
class ReadReport:
    """A report as its object holds it. ``verified_by``: empty for drafts. ``previous``: instances that it replaces."""

    sop_instance_uid: str
    complete: bool
    verified_by: str = field(repr=False)
    previous: tuple[str, ...]
    grades: tuple[ReadGrade, ...]
    measurements: tuple[ReadMeasurement, ...]
    sentences: tuple[ReadSentence, ...]
