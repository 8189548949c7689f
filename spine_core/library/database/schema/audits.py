"""Tables of rating studies: the protocol, who rates, and the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from spine_core.library.database.schema.base import CASCADE, Base, now


class AuditRow(Base):
    """``frozen``: when the first rating came; the protocol stays as it is from then on. ``head``: hash of the last
    entry of the log. ``replaces``: the version before, where the protocol was changed after it was frozen.
    """

    __tablename__ = "audits"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    protocol: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=now)
    frozen: Mapped[datetime | None]
    head: Mapped[str] = mapped_column(String(64))
    # No foreign key: rows of a backup come in any order.
    replaces: Mapped[str | None] = mapped_column(String(32))


class AuditRaterRow(Base):
    """Somebody who rates in an audit."""

    __tablename__ = "audit_raters"

    audit_id: Mapped[str] = mapped_column(ForeignKey("audits.id", ondelete=CASCADE), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)


class AuditMapRow(Base):
    """A map that is rated in an audit, with its metrics as they were when the audit was prepared.

    The batch that computed it may be deleted. ``finding``: see ``AuditedFinding.id``.
    """

    __tablename__ = "audit_maps"

    audit_id: Mapped[str] = mapped_column(ForeignKey("audits.id", ondelete=CASCADE), primary_key=True)
    finding: Mapped[str] = mapped_column(String(400), primary_key=True)
    method: Mapped[str] = mapped_column(String(80), primary_key=True)
    map_sha256: Mapped[str] = mapped_column(String(64), index=True)
    metrics: Mapped[dict[str, Any]]


class AuditEntryRow(Base):
    """One entry of the log, never changed. ``line``: the entry as it is hashed and as it stands in the file.

    ``person_id``, ``sheet``: who rated which sheet; None for entries of another kind.
    """

    __tablename__ = "audit_entries"

    audit_id: Mapped[str] = mapped_column(ForeignKey("audits.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    sheet: Mapped[int | None]


class AuditDraftRow(Base):
    """What a rater has filled in and not submitted. ``saved`` counts, so that an older tab does not overwrite."""

    __tablename__ = "audit_drafts"

    audit_id: Mapped[str] = mapped_column(ForeignKey("audits.id", ondelete=CASCADE), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    sheet: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    saved: Mapped[int] = mapped_column(default=0)
