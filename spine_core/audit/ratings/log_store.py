"""The log of an audit in the database and in its file, which follows the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.audit.ratings.log import Entry, append_line, check, following, last_number, read_lines
from spine_core.audit.ratings.store import NO_AUDIT, seen_audit
from spine_core.library.database.backup import LOGS
from spine_core.library.database.schema import AuditEntryRow, AuditRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person


def log(library: Library, person: Person, audit_id: str) -> tuple[Entry, ...]:
    """All entries of an audit. Raises ``LibraryError``."""
    with library.database.reading() as session:
        seen_audit(session, person, audit_id)
        return tuple(entries(session, audit_id))


def verify(library: Library, audit_id: str) -> str:
    """What is wrong with the log of an audit, in one sentence; empty where nothing is. Raises ``LibraryError``.

    The chain in the database must be whole and end in the audit's head, and the file must hold the same entries.
    """
    with library.database.reading() as session:
        row = session.get(AuditRow, audit_id)
        if row is None:
            raise LibraryError(NO_AUDIT)
        chain, head = list(entries(session, audit_id)), row.head
    wrong = check(chain, head)
    if wrong:
        return f"database: {wrong}"
    written = list(read_lines(log_path(library, audit_id)))
    for number, (one, other) in enumerate(zip(chain, written, strict=False)):
        if one.sha256 != other.sha256:
            return f"file: entry {number} was changed"
    if len(written) != len(chain):
        return f"file: it holds {len(written)} entries, the database {len(chain)}"
    return ""


def log_path(library: Library, audit_id: str) -> Path:
    """The file that holds the log of an audit."""
    return library.folder / LOGS / f"{audit_id}.jsonl"


def log_lock(library: Library, audit_id: str) -> FileLock:
    """Held while the log grows, and while database and file are read as one. Waits for whoever holds it."""
    path = log_path(library, audit_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileLock(path.with_suffix(".lock"))


def submitted_sheets(session: Session, audit_id: str, rater: int) -> dict[int, datetime]:
    """The sheets of a rater that are in the log, each with its latest time."""
    query = select(AuditEntryRow).where(AuditEntryRow.audit_id == audit_id, AuditEntryRow.person_id == rater)
    rows = session.scalars(query.order_by(AuditEntryRow.number))
    return {
        row.sheet: datetime.fromisoformat(Entry.of(row.line).content["time"])
        for row in rows
        if row.sheet is not None
    }


def entries(session: Session, audit_id: str) -> Sequence[Entry]:
    """All entries of an audit, the first one first."""
    query = select(AuditEntryRow.line).where(AuditEntryRow.audit_id == audit_id)
    return [Entry.of(line) for line in session.scalars(query.order_by(AuditEntryRow.number))]


def last_entry(session: Session, audit_id: str) -> Entry | None:
    """The entry that the next one follows; None in an empty log."""
    query = select(AuditEntryRow.line).where(AuditEntryRow.audit_id == audit_id)
    line = session.scalars(query.order_by(AuditEntryRow.number.desc()).limit(1)).first()
    return None if line is None else Entry.of(line)


def append(
    session: Session, audit: AuditRow, content: Mapping[str, Any], person_id: int, sheet: int
) -> Entry:
    """Puts an entry behind the last one, in a transaction that is open, with the lock of the file held.

    The first one freezes what the audit asks.
    """
    entry = following(last_entry(session, audit.id), content)
    session.add(
        AuditEntryRow(
            audit_id=audit.id, number=entry.number, line=entry.line(), sha256=entry.sha256,
            person_id=person_id, sheet=sheet,
        )
    )  # fmt: skip
    audit.head, audit.frozen = entry.sha256, audit.frozen or now()
    return entry


def catch_up(library: Library, audit_id: str) -> None:
    """Appends the entries of the database that the file lacks. To be called with the lock of the file held."""
    path = log_path(library, audit_id)
    there = last_number(path)
    with library.database.reading() as session:
        query = select(AuditEntryRow.line).where(
            AuditEntryRow.audit_id == audit_id, AuditEntryRow.number > there
        )
        missing = [Entry.of(line) for line in session.scalars(query.order_by(AuditEntryRow.number))]
    for entry in missing:
        append_line(path, entry)
