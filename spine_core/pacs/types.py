"""What is asked of a server, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

MAX_FOUND = 200
"""Studies of one answer that are shown; more ask for a narrower query."""

FINDABLE = "a query needs a name, a patient ID, a date, a description or an accession number"


@dataclass(frozen=True)
class StudyQuery:
    """Raises ``ValueError`` for one that would list the whole archive, and for dates that are none.

    ``patient_name``: as DICOM writes it, ``Family^Given``; its beginning is enough. ``date_from``, ``date_to``:
    ``YYYYMMDD``. ``description``: a part of the study's description. ``modality``: of any of its series, empty for all.
    """

    patient_name: str = ""
    patient_id: str = ""
    date_from: str = ""
    date_to: str = ""
    description: str = ""
    accession_number: str = ""
    modality: str = "MR"

    def __post_init__(self) -> None:
        given = (
            self.patient_name, self.patient_id, self.date_from, self.date_to, self.description, self.accession_number,
        )  # fmt: skip
        if not any(one.strip(" *?") for one in given):
            raise ValueError(FINDABLE)
        for one in (self.date_from, self.date_to):
            if one and not (len(one) == 8 and one.isdecimal()):
                msg = f"a date is written YYYYMMDD, not {one!r}"
                raise ValueError(msg)

    def matching(self) -> dict[str, str]:
        """Attributes to match by keyword, as PS3.4 C.2.2.2 writes them."""
        dates = f"{self.date_from}-{self.date_to}" if self.date_from != self.date_to else self.date_from
        values = {
            "PatientName": f"{self.patient_name.rstrip('*')}*" if self.patient_name else "",
            "PatientID": self.patient_id,
            "StudyDate": "" if dates == "-" else dates,
            "StudyDescription": f"*{self.description.strip('*')}*" if self.description else "",
            "AccessionNumber": self.accession_number,
            "ModalitiesInStudy": self.modality,
        }
        return {keyword: value for keyword, value in values.items() if value}


@dataclass(frozen=True)
class FoundStudy:
    """A study that a server has. Patient data: for the screen of who asked, never for a log or a URL."""

    uid: str
    patient_name: str = field(default="", repr=False)
    patient_id: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    date: str = field(default="", repr=False)
    description: str = ""
    modalities: tuple[str, ...] = ()
    series: int | None = None
    instances: int | None = None


@dataclass(frozen=True)
class FoundSeries:
    """A series of a study. ``instances``: None where the server does not say how many."""

    uid: str
    number: int | None
    modality: str
    description: str = ""
    body_part: str = ""
    instances: int | None = None


@dataclass(frozen=True)
class Missing:
    """A series of which less arrived than was announced, or nothing. ``reason``: a phrase."""

    series: FoundSeries
    arrived: int
    reason: str


class Receiver(Protocol):
    """Where retrieved instances go. Both methods raise ``Cancelled`` or ``OverLimit`` to stop the transfer."""

    def take(self, data: bytes) -> None:
        """One instance, as a DICOM file."""
        ...

    def arriving(self, nbytes: int) -> None:
        """Called with every piece of an instance that is on its way."""
        ...


@dataclass(frozen=True)
class Stored:
    """What came of sending one object. ``reason``: empty where the server took it."""

    sop_instance_uid: str
    reason: str = ""


class Archive(Protocol):
    """One server. All methods raise ``PacsError``, none waits without a time-out."""

    def verify(self) -> None:
        """Asks whether the server answers us at all."""
        ...

    def studies(self, query: StudyQuery) -> tuple[FoundStudy, ...]:
        """The studies that match, each once, ``MAX_FOUND`` + 1 at most."""
        ...

    def series(self, study_uid: str) -> tuple[FoundSeries, ...]:
        """The series of a study, by number."""
        ...

    def retrieve(self, study_uid: str, series_uid: str, receiver: Receiver) -> str:
        """Fetches the instances of a series; returns why some did not come, empty where the server says all did."""
        ...

    def store(self, files: Sequence[Path]) -> Iterable[Stored]:
        """Sends DICOM files; one outcome per file."""
        ...
