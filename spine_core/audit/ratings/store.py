"""Audits in the database of the library: protocols, drafts, and ratings in the log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import ColumnElement, delete, or_, select, true
from sqlalchemy.orm import Session

from spine_core.audit.ratings.log import (
    BEGINNING,
    Entry,
    append_line,
    check,
    following,
    last_number,
    read_lines,
)
from spine_core.audit.ratings.protocol import Design, Protocol
from spine_core.audit.ratings.sheets import Sheet, sheets
from spine_core.library.database.schema import (
    AuditDraftRow,
    AuditEntryRow,
    AuditRaterRow,
    AuditRow,
    PersonRow,
    now,
)
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person, Role

RATING, CORRECTION = "rating", "correction"
"""Kinds of entries."""

NO_AUDIT = "there is no such audit"


@dataclass(frozen=True)
class Audit:
    """``frozen``: when the first rating came; None while the protocol may change. ``head``: of the log."""

    id: str
    protocol: Protocol
    owner: int
    created: datetime
    frozen: datetime | None
    head: str
    replaces: str | None


@dataclass(frozen=True)
class Answers:
    """``scores``: by letter of the map, then by question. ``grade``: the reader's own, where it was asked for."""

    scores: Mapping[str, Mapping[str, int]]
    text: str = ""
    grade: str | None = None


def create_audit(library: Library, person: Person, protocol: Protocol, replaces: str | None = None) -> str:
    """Stores a protocol that may still change. Raises ``LibraryError`` unless auditors or administrators ask."""
    with library.database.writing() as session:
        if current(session, person.id).role not in (Role.AUDITOR, Role.ADMINISTRATOR):
            msg = "only auditors and administrators prepare audits"
            raise LibraryError(msg)
        for rater in protocol.raters:
            if session.get(PersonRow, rater) is None:
                msg = "a rater of the protocol is not in the library"
                raise LibraryError(msg)
        audit_id = uuid.uuid4().hex
        session.add(
            AuditRow(
                id=audit_id, person_id=person.id, title=protocol.title, protocol=protocol.values(), head=BEGINNING,
                replaces=replaces,
            )
        )  # fmt: skip
        session.flush()
        session.add_all(AuditRaterRow(audit_id=audit_id, person_id=rater) for rater in protocol.raters)
        return audit_id


def change_protocol(library: Library, person: Person, audit_id: str, protocol: Protocol) -> str:
    """The id of the audit with ``protocol``: the same before the first rating, a new version after it."""
    with library.database.writing() as session:
        row = _own(session, person, audit_id)
        if row.frozen is None:
            row.title, row.protocol = protocol.title, protocol.values()
            session.execute(delete(AuditRaterRow).where(AuditRaterRow.audit_id == audit_id))
            session.add_all(AuditRaterRow(audit_id=audit_id, person_id=rater) for rater in protocol.raters)
            return audit_id
    return create_audit(library, person, protocol, replaces=audit_id)


def audits(library: Library, person: Person) -> tuple[Audit, ...]:
    """The audits that ``person`` prepared or rates in, the latest first; all for an administrator."""
    with library.database.reading() as session:
        query = select(AuditRow).where(_visible(session, person)).order_by(AuditRow.created.desc())
        return tuple(_audit(row) for row in session.scalars(query))


def get_audit(library: Library, person: Person, audit_id: str) -> Audit:
    """Raises ``LibraryError``, the same for an audit that ``person`` does not see as for none."""
    with library.database.reading() as session:
        return _audit(_seen(session, person, audit_id))


def next_sheet(library: Library, person: Person, audit_id: str) -> Sheet | None:
    """The first sheet that ``person`` has not submitted; None where all are, or the washout is not over.

    Raises ``LibraryError`` for somebody who is no rater.
    """
    with library.database.reading() as session:
        protocol = Protocol.of(_seen(session, person, audit_id).protocol)
        submitted = _submitted(session, audit_id, person)
        waiting = [one for one in _sheets(protocol, person) if one.number not in submitted]
        if not waiting or not _washed_out(protocol, waiting[0], submitted):
            return None
        return waiting[0]


def save_draft(
    library: Library, person: Person, audit_id: str, sheet: int, content: Mapping[str, Any], known: int
) -> int:
    """Stores what is filled in, and returns the number of this state. ``known``: number of the state that it is of.

    Raises ``LibraryError`` where another tab has saved since, so that neither overwrites the other unseen.
    """
    with library.database.writing() as session:
        _seen(session, person, audit_id)
        row = session.get(AuditDraftRow, (audit_id, person.id, sheet))
        if row is None:
            row = AuditDraftRow(audit_id=audit_id, person_id=person.id, sheet=sheet, content={}, saved=0)
            session.add(row)
        if row.saved != known:
            msg = "this sheet was filled in further in another tab; reload to go on there"
            raise LibraryError(msg)
        row.content, row.saved = dict(content), known + 1
        return row.saved


def draft(library: Library, person: Person, audit_id: str, sheet: int) -> tuple[dict[str, Any], int]:
    """What was filled in of a sheet, and the number of that state; empty and 0 where nothing was."""
    with library.database.reading() as session:
        row = session.get(AuditDraftRow, (audit_id, person.id, sheet))
        return ({}, 0) if row is None else (dict(row.content), row.saved)


def submit(
    library: Library, person: Person, audit_id: str, sheet: int, answers: Answers, *, reason: str = ""
) -> Entry:
    """Puts the answers of a sheet into the log. The first rating of an audit freezes its protocol.

    ``reason``: of a correction, which is a new entry; the one before stays. Raises ``LibraryError`` where the answers
    are not those that the protocol asks for, and for a sheet that was submitted, without a reason.
    """
    path = log_path(library, audit_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        with library.database.writing() as session:
            audit = _seen(session, person, audit_id, lock=True)
            protocol = Protocol.of(audit.protocol)
            asked = _sheet(protocol, person, sheet)
            _check(protocol, asked, answers)
            again = sheet in _submitted(session, audit_id, person)
            if again != bool(reason.strip()):
                msg = (
                    "a sheet is submitted once; a correction needs a reason"
                    if again
                    else "nothing to correct yet"
                )
                raise LibraryError(msg)
            entry = following(_last(session, audit_id), _content(protocol, person, asked, answers, reason))
            session.add(
                AuditEntryRow(
                    audit_id=audit_id, number=entry.number, line=entry.line(), sha256=entry.sha256,
                    person_id=person.id, sheet=sheet,
                )
            )  # fmt: skip
            audit.head, audit.frozen = entry.sha256, audit.frozen or now()
            session.execute(
                delete(AuditDraftRow).where(
                    AuditDraftRow.audit_id == audit_id,
                    AuditDraftRow.person_id == person.id,
                    AuditDraftRow.sheet == sheet,
                )
            )
        # The file follows the database; what a crash kept from it comes with the next entry.
        _catch_up(library, audit_id)
    return entry


def log(library: Library, person: Person, audit_id: str) -> tuple[Entry, ...]:
    """All entries of an audit. Raises ``LibraryError``."""
    with library.database.reading() as session:
        _seen(session, person, audit_id)
        return tuple(_entries(session, audit_id))


def verify(library: Library, audit_id: str) -> str:
    """What is wrong with the log of an audit, in one sentence; empty where nothing is. Raises ``LibraryError``.

    The chain in the database must be whole and end in the audit's head, and the file must hold the same entries.
    """
    with library.database.reading() as session:
        row = session.get(AuditRow, audit_id)
        if row is None:
            raise LibraryError(NO_AUDIT)
        entries, head = list(_entries(session, audit_id)), row.head
    wrong = check(entries, head)
    if wrong:
        return f"database: {wrong}"
    written = list(read_lines(log_path(library, audit_id)))
    for number, (one, other) in enumerate(zip(entries, written, strict=False)):
        if one.sha256 != other.sha256:
            return f"file: entry {number} was changed"
    if len(written) != len(entries):
        return f"file: it holds {len(written)} entries, the database {len(entries)}"
    return ""


def audit_ids(library: Library) -> tuple[str, ...]:
    """All audits of the library, for the shell."""
    with library.database.reading() as session:
        return tuple(session.scalars(select(AuditRow.id).order_by(AuditRow.created)))


def log_path(library: Library, audit_id: str) -> Path:
    """The file that holds the log of an audit."""
    return library.folder / "audits" / f"{audit_id}.jsonl"


def _content(
    protocol: Protocol, person: Person, sheet: Sheet, answers: Answers, reason: str
) -> dict[str, Any]:
    """Of an entry. Scores are by method here: the letters were for the rater."""
    content: dict[str, Any] = {
        "type": CORRECTION if reason else RATING,
        "time": now().isoformat(),
        "protocol": protocol.sha256,
        "rater": person.id,
        "sheet": sheet.number,
        "finding": sheet.finding.id,
        "repeat": sheet.repeat,
        "with_maps": sheet.with_maps,
        "order": list(sheet.methods.values()),
        "scores": {sheet.methods[letter]: dict(scores) for letter, scores in answers.scores.items()},
        "grade": answers.grade,
        "text": answers.text,
    }
    return content | ({"reason": reason} if reason else {})


def _check(protocol: Protocol, sheet: Sheet, answers: Answers) -> None:
    if set(answers.scores) != set(sheet.methods):
        msg = "every map is rated"
        raise LibraryError(msg)
    for scores in answers.scores.values():
        if set(scores) != {one.name for one in protocol.questions}:
            msg = "every question is answered for every map"
            raise LibraryError(msg)
        for question in protocol.questions:
            if scores[question.name] not in range(question.low, question.high + 1):
                msg = f"“{question.text}” is answered from {question.low} to {question.high}"
                raise LibraryError(msg)


def _sheets(protocol: Protocol, person: Person) -> tuple[Sheet, ...]:
    try:
        return sheets(protocol, person.id)
    except ValueError as error:
        raise LibraryError(str(error)) from None


def _sheet(protocol: Protocol, person: Person, number: int) -> Sheet:
    found = _sheets(protocol, person)
    if not 0 <= number < len(found):
        msg = "there is no such sheet"
        raise LibraryError(msg)
    return found[number]


def _washed_out(protocol: Protocol, sheet: Sheet, submitted: Mapping[int, datetime]) -> bool:
    if protocol.design is not Design.SEQUENTIAL or not sheet.with_maps or not submitted:
        return True
    first_part = [moment for number, moment in submitted.items() if number < len(protocol.findings)]
    return now() - max(first_part) >= timedelta(days=protocol.washout_days)


def _submitted(session: Session, audit_id: str, person: Person) -> dict[int, datetime]:
    """The sheets of a rater that are in the log, each with its latest time."""
    query = select(AuditEntryRow).where(
        AuditEntryRow.audit_id == audit_id, AuditEntryRow.person_id == person.id
    )
    rows = session.scalars(query.order_by(AuditEntryRow.number))
    return {
        row.sheet: datetime.fromisoformat(Entry.of(row.line).content["time"])
        for row in rows
        if row.sheet is not None
    }


def _entries(session: Session, audit_id: str) -> Sequence[Entry]:
    query = select(AuditEntryRow.line).where(AuditEntryRow.audit_id == audit_id)
    return [Entry.of(line) for line in session.scalars(query.order_by(AuditEntryRow.number))]


def _last(session: Session, audit_id: str) -> Entry | None:
    query = select(AuditEntryRow.line).where(AuditEntryRow.audit_id == audit_id)
    line = session.scalars(query.order_by(AuditEntryRow.number.desc()).limit(1)).first()
    return None if line is None else Entry.of(line)


def _catch_up(library: Library, audit_id: str) -> None:
    path = log_path(library, audit_id)
    there = last_number(path)
    with library.database.reading() as session:
        query = select(AuditEntryRow.line).where(
            AuditEntryRow.audit_id == audit_id, AuditEntryRow.number > there
        )
        missing = [Entry.of(line) for line in session.scalars(query.order_by(AuditEntryRow.number))]
    for entry in missing:
        append_line(path, entry)


def _visible(session: Session, person: Person) -> ColumnElement[bool]:
    if current(session, person.id).role is Role.ADMINISTRATOR:
        return true()
    rates = select(AuditRaterRow.audit_id).where(AuditRaterRow.person_id == person.id)
    return or_(AuditRow.person_id == person.id, AuditRow.id.in_(rates))


def _seen(session: Session, person: Person, audit_id: str, *, lock: bool = False) -> AuditRow:
    query = select(AuditRow).where(AuditRow.id == audit_id, _visible(session, person))
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise LibraryError(NO_AUDIT)
    return row


def _own(session: Session, person: Person, audit_id: str) -> AuditRow:
    row = _seen(session, person, audit_id, lock=True)
    if row.person_id != person.id and current(session, person.id).role is not Role.ADMINISTRATOR:
        msg = "only who prepared an audit or an administrator changes it"
        raise LibraryError(msg)
    return row


def _audit(row: AuditRow) -> Audit:
    return Audit(
        row.id, Protocol.of(row.protocol), row.person_id, row.created, row.frozen, row.head, row.replaces
    )
