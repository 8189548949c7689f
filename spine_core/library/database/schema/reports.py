"""Tables of reports that are kept with a case, and of objects that were sent to archives."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spine_core.library.database.schema.base import CASCADE, Base, now
from spine_core.library.database.schema.cases import PersonRow


class ReportRow(Base):
    """One version of a person's report of a case; a draft is replaced with every change, an approved one never.

    ``content``, ``base``: hashes in the content store, of the report and of the draft that it went on from.
    ``report_sha256``: of the report as its reader has it, with the patient's facts where they were asked for.
    ``serial``: counts the changes, so that two tabs do not overwrite each other.
    """

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("case_id", "person_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete=CASCADE))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    version: Mapped[int]
    approved: Mapped[bool] = mapped_column(default=False)
    content: Mapped[str] = mapped_column(String(64), index=True)
    base: Mapped[str | None] = mapped_column(String(64), index=True)
    report_sha256: Mapped[str] = mapped_column(String(64))
    serial: Mapped[int] = mapped_column(default=1)
    changed: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[PersonRow] = relationship(lazy="joined")


class SentObjectRow(Base):
    """One object that was sent to an archive, and what came of it. ``reason``: empty where the archive took it.

    No patient data: ``sop_instance_uid`` was made by SpineLens, and finds the object in the archive.
    """

    __tablename__ = "sent_objects"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    sent: Mapped[datetime] = mapped_column(default=now)
    server: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(80))
    sop_instance_uid: Mapped[str] = mapped_column(String(64))
    report_sha256: Mapped[str] = mapped_column(String(64))
    approved: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text, default="")
