"""Data types of a report. All are frozen: an edit makes a new report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from spine_core.anatomy.types import LEVELS

GENERAL, IMPRESSION, NOT_ASSESSED = "general", "impression", "not assessed"
"""Names of the sections that are not of one level."""

SECTIONS = (GENERAL, *LEVELS, IMPRESSION, NOT_ASSESSED)
"""Names of all sections, in the order of the report."""


class Author(StrEnum):
    """Who wrote a sentence."""

    NETWORK = "network"
    MEASUREMENT = "measurement"
    READER = "reader"


class ReportState(StrEnum):
    """``DRAFT``: may be edited. ``APPROVED``: immutable. ``AMENDED``: a draft that changes an approved report."""

    DRAFT = "draft"
    APPROVED = "approved"
    AMENDED = "amended"


@dataclass(frozen=True)
class Evidence:
    """What a sentence rests on: a level, and a condition or the name of a measurement."""

    level: str
    condition: str = ""
    measurement: str = ""


@dataclass(frozen=True)
class Sentence:
    """One or a few sentences by one author.

    ``key``: tells it from the others of its section. ``origin``: what the networks reported, where the reader decided
    otherwise; or the text before the reader's edit. ``edited``: the reader wrote or changed the text.
    """

    key: str
    text: str
    author: Author
    uncertain: bool = False
    evidence: tuple[Evidence, ...] = ()
    origin: str = ""
    edited: bool = False


@dataclass(frozen=True)
class Section:
    """The sentences of one of ``SECTIONS``."""

    name: str
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class PatientFacts:
    """Identifying facts as stored in the files; in a report only where the reader asks for them."""

    name: str
    patient_id: str
    birth_date: str
    sex: str


@dataclass(frozen=True)
class SeriesFacts:
    """Facts of one series. ``graded``: whether any finding was read from it."""

    plane: str
    weighting: str
    slices: int
    graded: bool


@dataclass(frozen=True)
class Header:
    """Facts of the study. ``study_date``: YYYYMMDD, empty unless the patient's facts were asked for."""

    study_sha256: str
    synthetic: bool
    series: tuple[SeriesFacts, ...]
    study_date: str = ""
    patient: PatientFacts | None = None


@dataclass(frozen=True)
class NetworkFacts:
    """A network that took part. ``role``: grader, detector, segmenter or member."""

    role: str
    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """What is needed to make the draft again. ``corrections``: the reader's, in the words of the reading."""

    spinelens: str
    networks: tuple[NetworkFacts, ...]
    corrections: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ControlTest:
    """A faithfulness metric of a map and of its controls, formatted. ``better``: "higher" or "lower"."""

    metric: str
    value: str
    controls: str
    better: str


@dataclass(frozen=True)
class MapFacts:
    """How a map was made and tested.

    ``target``: label and grade of what was explained. ``outcome``: of the test against controls
    (``comparison.types.Outcome``), empty where it was not tested.
    """

    method: str
    label: str
    condition: str
    condition_label: str
    target: str
    grade_label: str
    contrast_label: str
    network: NetworkFacts
    settings: Mapping[str, float | int | str]
    seed: int
    signed: bool
    is_empty: bool
    outcome: str = ""
    tests: tuple[ControlTest, ...] = ()


@dataclass(frozen=True)
class KeyImage:
    """A slice of the study, with a map where ``facts`` are given.

    ``png``, ``bar``: the picture, and the colour bar from ``low`` to ``high`` (empty for empty maps and without map).
    ``opacity``: of the map, 0 to 1. ``note``: the reader's. ``series``: its number in the study, from 0, since a report
    holds no uid; None where unknown.
    """

    level: str
    slice_number: int
    slices: int
    weighting: str
    png: bytes = field(repr=False)
    bar: bytes = field(default=b"", repr=False)
    low: float = 0.0
    high: float = 0.0
    opacity: float = 0.0
    note: str = ""
    facts: MapFacts | None = None
    series: int | None = None


@dataclass(frozen=True)
class Approval:
    """``name``: of who approved. ``time``: ISO 8601 with offset, to the second."""

    name: str
    time: str


@dataclass(frozen=True)
class Amendment:
    """Why an approved report was changed. ``previous``: SHA-256 of that report (``serialise.report_hash``)."""

    reason: str
    previous: str


@dataclass(frozen=True)
class Report:
    """A report of one reading.

    ``structured``: sentences by level; otherwise ``free_text`` stands in their place. ``version``: 1 for the first.
    """

    header: Header
    sections: tuple[Section, ...]
    provenance: Provenance
    language: str = "en"
    template: str = ""
    structured: bool = True
    free_text: str = ""
    key_images: tuple[KeyImage, ...] = ()
    version: int = 1
    approval: Approval | None = None
    amendment: Amendment | None = None

    @property
    def state(self) -> ReportState:
        """Draft, approved, or a draft that amends an approved report."""
        if self.approval is not None:
            return ReportState.APPROVED
        return ReportState.DRAFT if self.amendment is None else ReportState.AMENDED

    def section(self, name: str) -> Section:
        """The section of this name, empty where the report has none."""
        return next((one for one in self.sections if one.name == name), Section(name))

    @property
    def levels(self) -> tuple[Section, ...]:
        """The sections of the levels."""
        return tuple(one for one in self.sections if one.name in LEVELS)
