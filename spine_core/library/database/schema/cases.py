"""Tables of people, and of cases with all that is said about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spine_core.library.database.schema.base import CASCADE, Base, now


class PersonRow(Base):
    """``subject``: hash of the identity that the sign-in service vouches for; None for names picked on this machine."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str | None] = mapped_column(String(64), unique=True)
    created: Mapped[datetime] = mapped_column(default=now)


class CaseRow(Base):
    """``thumbnail``: its hash in the content store."""

    __tablename__ = "cases"
    __table_args__ = (UniqueConstraint("owner_id", "study_sha256"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    kept: Mapped[datetime] = mapped_column(default=now, index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    patient: Mapped[str] = mapped_column(String(32), index=True)
    synthetic: Mapped[bool]
    study_sha256: Mapped[str] = mapped_column(String(64))
    series: Mapped[list[Any]]
    weighting: Mapped[str | None] = mapped_column(String(20))
    spacing: Mapped[float | None]
    thumbnail: Mapped[str | None] = mapped_column(String(64))

    owner: Mapped[PersonRow] = relationship(lazy="joined")
    files: Mapped[list[FileRow]] = relationship(
        order_by="FileRow.position", cascade="all, delete-orphan", passive_deletes=True
    )
    tags: Mapped[list[TagRow]] = relationship(
        order_by="TagRow.tag", cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )
    reading: Mapped[ReadingRow | None] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )
    references: Mapped[list[ReferenceRow]] = relationship(
        order_by="ReferenceRow.id", cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )
    reviews: Mapped[list[ReviewRow]] = relationship(
        order_by="ReviewRow.id", cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )


class FileRow(Base):
    """One file of a case. ``sha256``: of its bytes in the content store, where several cases may share it."""

    __tablename__ = "case_files"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete=CASCADE), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    nbytes: Mapped[int] = mapped_column(BigInteger)


class TagRow(Base):
    """A word by which cases are found."""

    __tablename__ = "case_tags"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete=CASCADE), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)


class ReadingRow(Base):
    """What the networks reported when the case was kept, and where the discs were then."""

    __tablename__ = "readings"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete=CASCADE), primary_key=True)
    network: Mapped[str] = mapped_column(String(200))
    network_sha256: Mapped[str] = mapped_column(String(64))
    discs: Mapped[list[Any]]
    corrections: Mapped[list[Any]]
    outlines: Mapped[list[Any]] = mapped_column(default=list)
    conditions: Mapped[list[Any]]

    findings: Mapped[list[FindingRow]] = relationship(
        order_by="FindingRow.position", cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )


class FindingRow(Base):
    """One finding of a reading. ``grade_index``: place of the grade among those of its condition, for comparisons."""

    __tablename__ = "findings"
    __table_args__ = (Index(None, "condition", "level", "grade"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("readings.case_id", ondelete=CASCADE), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(String(8))
    condition: Mapped[str] = mapped_column(String(80))
    grade: Mapped[str | None] = mapped_column(String(40))
    grade_index: Mapped[int | None]
    probabilities: Mapped[dict[str, Any]]
    prediction_set: Mapped[list[Any]]
    members_disagree: Mapped[bool]
    uncertain: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text, default="")


class ReferenceRow(Base):
    """The grade that a finding is held against."""

    __tablename__ = "reference_grades"
    __table_args__ = (UniqueConstraint("case_id", "level", "condition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete=CASCADE))
    level: Mapped[str] = mapped_column(String(8))
    condition: Mapped[str] = mapped_column(String(80))
    grade: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(200), default="")


class ReviewRow(Base):
    """One decision about a finding; the latest of a person counts, earlier ones stay."""

    __tablename__ = "reviews"
    __table_args__ = (Index(None, "case_id", "level", "condition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete=CASCADE))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    level: Mapped[str] = mapped_column(String(8))
    condition: Mapped[str] = mapped_column(String(80))
    decision: Mapped[str] = mapped_column(String(20))
    grade: Mapped[str | None] = mapped_column(String(40))
    decided: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[PersonRow] = relationship(lazy="joined")


class ImportRow(Base):
    """A study that an import kept. ``fingerprint``: hash of the names, sizes and times of its files."""

    __tablename__ = "imports"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete=CASCADE), index=True)


class TombstoneRow(Base):
    """A case that was deleted: that it existed, and when it went. Nothing of the patient."""

    __tablename__ = "tombstones"

    case_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    deleted: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
