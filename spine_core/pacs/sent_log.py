"""The log of what was sent into which archive: rows of the library's database, without patient data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from spine_core.library.database.schema import PersonRow, SentObjectRow
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person, Role

NO_ANSWER = "the archive has not answered"
"""The reason while an object is on its way; it stays where the server was stopped meanwhile."""

MOST_SHOWN = 500


@dataclass(frozen=True)
class Dispatch:
    """What a person sends. ``server``: its name. ``report_sha256``: of the report that the objects are of.
    ``approved``: whether somebody had approved it.
    """

    server: str
    report_sha256: str
    approved: bool


@dataclass(frozen=True)
class SentObject:
    """One entry. ``reason``: empty where the archive took the object."""

    sent: datetime
    person: str
    dispatch: Dispatch
    kind: str
    sop_instance_uid: str
    reason: str


def begun(library: Library, person: Person, dispatch: Dispatch, kind: str, sop_instance_uid: str) -> int:
    """Notes that an object is on its way; returns the number of the entry. Raises ``LibraryError``."""
    with library.database.writing() as session:
        row = SentObjectRow(
            person_id=current(session, person.id).id, server=dispatch.server, kind=kind,
            sop_instance_uid=sop_instance_uid, report_sha256=dispatch.report_sha256, approved=dispatch.approved,
            reason=NO_ANSWER,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def answered(library: Library, entry: int, reason: str) -> None:
    """Notes what the archive answered."""
    with library.database.writing() as session:
        session.get_one(SentObjectRow, entry).reason = reason


def sent_objects(library: Library, person: Person) -> tuple[SentObject, ...]:
    """What ``person`` has sent, an administrator sees everybody's; the latest first, ``MOST_SHOWN`` at most."""
    with library.database.reading() as session:
        query = select(SentObjectRow, PersonRow.name).join(PersonRow, PersonRow.id == SentObjectRow.person_id)
        if current(session, person.id).role is not Role.ADMINISTRATOR:
            query = query.where(SentObjectRow.person_id == person.id)
        rows = session.execute(query.order_by(SentObjectRow.id.desc()).limit(MOST_SHOWN))
        return tuple(_entry(row, name) for row, name in rows)


def _entry(row: SentObjectRow, name: str) -> SentObject:
    dispatch = Dispatch(row.server, row.report_sha256, row.approved)
    return SentObject(row.sent, name, dispatch, row.kind, row.sop_instance_uid, row.reason)
