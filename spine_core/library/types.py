"""Data types of the case library: people, cases, and what was said about their discs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from spine_core.anatomy.outline_edits import OutlineEdit
from spine_core.anatomy.types import Disc
from spine_core.networks.conditions import Condition


class Role(StrEnum):
    """What a person may see: everybody their own and shared cases, an administrator all of them."""

    READER = "reader"
    TEACHER = "teacher"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Person:
    """Somebody who uses the library."""

    id: int
    name: str
    role: Role = Role.READER


class Decision(StrEnum):
    """What a reader says of a grade that a network reported."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CHANGED = "changed"


@dataclass(frozen=True)
class KeptFinding:
    """What a network reported for one condition at one level. ``grade``: None where it was not gradable."""

    level: str
    condition: str
    grade: str | None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    prediction_set: tuple[str, ...] = ()
    members_disagree: bool = False
    reason: str = ""

    @property
    def uncertain(self) -> bool:
        """True where the prediction set has several grades, or the members of the ensemble disagree."""
        return len(self.prediction_set) > 1 or self.members_disagree

    @property
    def probability(self) -> float | None:
        """Probability of the reported grade; None without one."""
        return None if self.grade is None else self.probabilities.get(self.grade)


@dataclass(frozen=True)
class KeptReading:
    """A reading as it was when the case was kept: data, not images, which are computed again from the files.

    ``network``, ``network_sha256``: of the grader. ``discs``: where they were; their ``series_uid`` is the number of
    the series in the study, since kept files have other uids. ``corrections``: of levels and discs by the reader, in
    words and in order. ``outlines``: edits of outlines, their ``series_uid`` a number as well.
    """

    network: str
    network_sha256: str
    discs: tuple[Disc, ...]
    corrections: tuple[str, ...]
    conditions: tuple[Condition, ...]
    findings: tuple[KeptFinding, ...]
    outlines: tuple[OutlineEdit, ...] = ()

    def condition(self, name: str) -> Condition:
        """The definition of a condition. Raises ``KeyError``."""
        for one in self.conditions:
            if one.name == name:
                return one
        raise KeyError(name)


@dataclass(frozen=True)
class ReferenceGrade:
    """The grade that a finding is held against. ``source``: where it is from, "two radiologists in consensus"."""

    level: str
    condition: str
    grade: str
    source: str = ""


@dataclass(frozen=True)
class Review:
    """A person's decision about one finding. ``grade``: the reader's own where ``CHANGED``, else None."""

    level: str
    condition: str
    decision: Decision
    grade: str | None
    person: str
    decided: datetime


@dataclass(frozen=True)
class KeptSeries:
    """What the list of cases says about a series."""

    description: str
    plane: str
    weighting: str
    slices: int


@dataclass(frozen=True)
class Case:
    """One kept study. It holds no patient data: ``patient`` is a pseudonym, equal for all studies of one patient.

    ``thumbnail``: a PNG. ``weighting``, ``spacing``: stated by the user, where the files do not say.
    ``reading``: None where nothing was read when the case was kept.
    """

    id: str
    title: str
    notes: str
    tags: tuple[str, ...]
    patient: str
    owner: str
    shared: bool
    kept: datetime
    synthetic: bool
    study_sha256: str
    series: tuple[KeptSeries, ...]
    files: int
    nbytes: int
    weighting: str | None = None
    spacing: float | None = None
    thumbnail: bytes | None = field(default=None, repr=False)
    reading: KeptReading | None = None
    references: tuple[ReferenceGrade, ...] = ()
    reviews: tuple[Review, ...] = ()
