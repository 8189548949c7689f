"""What a rater fills in: drafts, and ratings, which go into the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from spine_core.audit.ratings.log import Entry
from spine_core.audit.ratings.log_store import append, catch_up, log_lock, submitted_sheets
from spine_core.audit.ratings.protocol import Protocol
from spine_core.audit.ratings.sheets import Sheet
from spine_core.audit.ratings.standing import sheets_of
from spine_core.audit.ratings.store import seen_audit
from spine_core.library.database.schema import AuditDraftRow, AuditEntryRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person

RATING, CORRECTION = "rating", "correction"
"""Kinds of entries."""

NOT_SUBMITTED = "nothing to correct yet"

EXTREME_POINTS = 4
"""Of an ellipse: top, bottom, left, right."""


@dataclass(frozen=True)
class Answers:
    """``scores``: by letter of the map, then by question. ``grade``: the reader's own, where it was asked for.

    ``region``: the ellipse that the reader drew, as its four extreme points (row, column) on the slice: top, bottom,
    left, right. ``seconds``: that the sheet was open.
    """

    scores: Mapping[str, Mapping[str, int]]
    text: str = ""
    grade: str | None = None
    region: tuple[tuple[float, float], ...] | None = None
    seconds: float | None = None


def save_draft(
    library: Library, person: Person, audit_id: str, sheet: int, content: Mapping[str, Any], known: int
) -> int:
    """Stores what is filled in, and returns the number of this state. ``known``: number of the state that it is of.

    Raises ``LibraryError`` where another tab has saved since, so that neither overwrites the other unseen.
    """
    with library.database.writing() as session:
        seen_audit(session, person, audit_id)
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
    with log_lock(library, audit_id):
        with library.database.writing() as session:
            audit = seen_audit(session, person, audit_id, lock=True)
            protocol = Protocol.of(audit.protocol)
            asked = _sheet(protocol, person, sheet)
            _check(protocol, asked, answers)
            again = sheet in submitted_sheets(session, audit_id, person.id)
            if again != bool(reason.strip()):
                msg = "a sheet is submitted once; a correction needs a reason" if again else NOT_SUBMITTED
                raise LibraryError(msg)
            content = _content(protocol, person, asked, answers, reason)
            entry = append(session, audit, content, person.id, sheet)
            session.execute(
                delete(AuditDraftRow).where(
                    AuditDraftRow.audit_id == audit_id,
                    AuditDraftRow.person_id == person.id,
                    AuditDraftRow.sheet == sheet,
                )
            )
        # The file follows the database; what a crash kept from it comes with the next entry.
        catch_up(library, audit_id)
    return entry


def submitted_answers(library: Library, person: Person, audit_id: str, sheet: Sheet) -> Answers:
    """What ``person`` submitted last for a sheet, by letter. Raises ``LibraryError`` where nothing was."""
    with library.database.reading() as session:
        seen_audit(session, person, audit_id)
        query = select(AuditEntryRow.line).where(
            AuditEntryRow.audit_id == audit_id,
            AuditEntryRow.person_id == person.id,
            AuditEntryRow.sheet == sheet.number,
        )
        line = session.scalars(query.order_by(AuditEntryRow.number.desc()).limit(1)).first()
    if line is None:
        raise LibraryError(NOT_SUBMITTED)
    given = Entry.of(line).content
    region = given["region"]
    return Answers(
        {letter: given["scores"][method] for letter, method in sheet.methods.items()},
        given["text"],
        given["grade"],
        None if region is None else tuple((row, column) for row, column in region),
        given["seconds"],
    )


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
        "region": None if answers.region is None else [list(point) for point in answers.region],
        "text": answers.text,
        "seconds": answers.seconds,
    }
    return content | ({"reason": reason} if reason else {})


def _check(protocol: Protocol, sheet: Sheet, answers: Answers) -> None:
    if set(answers.scores) != set(sheet.methods):
        msg = "every map is rated"
        raise LibraryError(msg)
    for letter, scores in answers.scores.items():
        questions = protocol.questions_of(sheet.methods[letter])
        if set(scores) != {one.name for one in questions}:
            msg = "every question is answered for every map"
            raise LibraryError(msg)
        for question in questions:
            if scores[question.name] not in range(question.low, question.high + 1):
                msg = f"“{question.text}” is answered from {question.low} to {question.high}"
                raise LibraryError(msg)
    grades = [value for value, _ in sheet.finding.grades]
    if protocol.asks_grade and grades and answers.grade not in grades:
        msg = "your own grade is asked for"
        raise LibraryError(msg)
    if answers.region is not None and len(answers.region) != EXTREME_POINTS:
        msg = "the region is an ellipse"
        raise LibraryError(msg)


def _sheet(protocol: Protocol, person: Person, number: int) -> Sheet:
    found = sheets_of(protocol, person.id)
    if not 0 <= number < len(found):
        msg = "there is no such sheet"
        raise LibraryError(msg)
    return found[number]
