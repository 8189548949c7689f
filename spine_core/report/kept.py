"""Reports that are kept with a case of the library: without the patient's facts, approved versions for good."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from spine_core.library.access import seen_case
from spine_core.library.database.schema import ReportRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.report.errors import ReportError
from spine_core.report.serialise import from_json, report_hash, to_json
from spine_core.report.types import Report

IMMUTABLE = "this version of the report is approved and cannot change: amend it"
ELSEWHERE = "the report was changed in another tab or session"
BROKEN = "a report of this case cannot be read"


@dataclass(frozen=True)
class KeptVersion:
    """One version of a report. ``sha256``: of the report as its reader has it. ``serial``: of its last change."""

    id: int
    person: str
    version: int
    approved: bool
    sha256: str
    serial: int
    changed: datetime


@dataclass(frozen=True)
class KeptReport:
    """``base``: the draft that a draft went on from; None for an approved report."""

    version: KeptVersion
    report: Report
    base: Report | None


def deidentified(report: Report) -> Report:
    """The report without the patient's facts and the study's date. Free text stays as it was written."""
    return replace(report, header=replace(report.header, patient=None, study_date=""))


def keep_report(
    library: Library, person: Person, case_id: str, report: Report, base: Report | None, seen: int = 0
) -> KeptVersion:
    """Stores ``report`` as the person's version of its number, in place of the draft that was there.

    ``seen``: ``serial`` of what is there as the person knows it, 0 for nothing. Raises ``LibraryError`` where the case
    is not seen, the version there is approved, or it was changed since.
    """
    with library.database.writing() as session:
        library.lock_content(session)
        seen_case(session, person, case_id)
        row = _own_row(session, person, case_id, report.version)
        if row.approved:
            raise LibraryError(IMMUTABLE)
        if row.serial != seen:
            raise LibraryError(ELSEWHERE)
        old = (row.content, row.base)
        approved = report.approval is not None
        row.content, row.report_sha256 = _put(library, report), report_hash(report)
        row.base = None if base is None or approved else _put(library, base)
        row.approved, row.serial, row.changed = approved, seen + 1, now()
        session.add(row)
        session.flush()
        found = _version(row)
    library.remove_unused(one for one in old if one)
    return found


def kept_versions(library: Library, person: Person, case_id: str) -> tuple[KeptVersion, ...]:
    """The person's own versions, and the approved ones of others who see the case. Raises ``LibraryError``."""
    with library.database.reading() as session:
        seen_case(session, person, case_id)
        query = (
            select(ReportRow)
            .where(ReportRow.case_id == case_id, _readable(person))
            .order_by(ReportRow.person_id != person.id, ReportRow.person_id, ReportRow.version)
        )
        return tuple(_version(row) for row in session.scalars(query))


def kept_report(library: Library, person: Person, report_id: int) -> KeptReport:
    """One version. Raises ``LibraryError`` for one that the person does not see, and for one that was changed."""
    with library.database.reading() as session:
        row = _row(session, person, report_id)
        version, content, base = _version(row), row.content, row.base
    return KeptReport(version, _get(library, content), None if base is None else _get(library, base))


def _own_row(session: Session, person: Person, case_id: str, version: int) -> ReportRow:
    """The row of a version, a new one where there is none."""
    found = session.scalar(
        select(ReportRow).where(
            ReportRow.case_id == case_id, ReportRow.person_id == person.id, ReportRow.version == version
        )
    )
    return found or ReportRow(case_id=case_id, person_id=person.id, version=version, approved=False, serial=0)


def _readable(person: Person) -> ColumnElement[bool]:
    return or_(ReportRow.person_id == person.id, ReportRow.approved)


def _row(session: Session, person: Person, report_id: int) -> ReportRow:
    row = session.scalar(select(ReportRow).where(ReportRow.id == report_id, _readable(person)))
    if row is None:
        msg = "there is no such report"
        raise LibraryError(msg)
    seen_case(session, person, row.case_id)
    return row


def _version(row: ReportRow) -> KeptVersion:
    return KeptVersion(
        row.id, row.person.name, row.version, row.approved, row.report_sha256, row.serial, row.changed
    )


def _put(library: Library, report: Report) -> str:
    # Without a time in its head, so that equal reports are stored once.
    return library.content.put(gzip.compress(to_json(deidentified(report)).encode(), 6, mtime=0))


def _get(library: Library, content: str) -> Report:
    try:
        return from_json(gzip.decompress(library.content.get(content)).decode())
    except (ReportError, OSError, EOFError, ValueError) as error:
        raise LibraryError(BROKEN) from error
