"""Audits in the database of the library: prepared, changed until the first rating, seen by whom."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, true
from sqlalchemy.orm import Session

from spine_core.audit.ratings.log import BEGINNING
from spine_core.audit.ratings.maps import fix_maps
from spine_core.audit.ratings.protocol import Protocol
from spine_core.library.database.schema import AuditRaterRow, AuditRow, ExerciseSetRow, PersonRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person, Role

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


def create_audit(library: Library, person: Person, protocol: Protocol, replaces: str | None = None) -> str:
    """Stores a protocol that may still change. Raises ``LibraryError`` unless auditors or administrators ask."""
    with library.database.writing() as session:
        if current(session, person.id).role not in (Role.AUDITOR, Role.ADMINISTRATOR):
            msg = "only auditors and administrators prepare audits"
            raise LibraryError(msg)
        audit_id = uuid.uuid4().hex
        session.add(
            AuditRow(
                id=audit_id, person_id=person.id, title=protocol.title, protocol=protocol.values(), head=BEGINNING,
                replaces=replaces,
            )
        )  # fmt: skip
        session.flush()
        _set_raters_and_maps(session, person, audit_id, protocol)
        return audit_id


def change_protocol(library: Library, person: Person, audit_id: str, protocol: Protocol) -> str:
    """The id of the audit with ``protocol``: the same before the first rating, a new version after it."""
    with library.database.writing() as session:
        row = own_audit(session, person, audit_id)
        if row.frozen is None:
            row.title, row.protocol = protocol.title, protocol.values()
            _set_raters_and_maps(session, person, audit_id, protocol)
            return audit_id
    return create_audit(library, person, protocol, replaces=audit_id)


def _set_raters_and_maps(session: Session, person: Person, audit_id: str, protocol: Protocol) -> None:
    """Those of ``protocol``, in place of those of a protocol before."""
    if any(session.get(PersonRow, rater) is None for rater in protocol.raters):
        msg = "a rater of the protocol is not in the library"
        raise LibraryError(msg)
    session.execute(delete(AuditRaterRow).where(AuditRaterRow.audit_id == audit_id))
    session.add_all(AuditRaterRow(audit_id=audit_id, person_id=rater) for rater in protocol.raters)
    fix_maps(session, person, audit_id, protocol)


def audits(library: Library, person: Person) -> tuple[Audit, ...]:
    """The audits that ``person`` prepared or rates in, the latest first; all for an administrator.

    The choices of an exercise have the log of an audit and no protocol: see ``spine_core.audit.choices``.
    """
    with library.database.reading() as session:
        query = select(AuditRow).where(_visible(session, person)).order_by(AuditRow.created.desc())
        return tuple(_audit(row) for row in session.scalars(query))


def get_audit(library: Library, person: Person, audit_id: str) -> Audit:
    """Raises ``LibraryError``, the same for an audit that ``person`` does not see as for none."""
    with library.database.reading() as session:
        return _audit(seen_audit(session, person, audit_id))


def audit_ids(library: Library) -> tuple[str, ...]:
    """All audits of the library, for the shell."""
    with library.database.reading() as session:
        return tuple(session.scalars(select(AuditRow.id).order_by(AuditRow.created)))


def _visible(session: Session, person: Person) -> ColumnElement[bool]:
    rates = select(AuditRaterRow.audit_id).where(AuditRaterRow.person_id == person.id)
    allowed = (
        true()
        if current(session, person.id).role is Role.ADMINISTRATOR
        else or_(AuditRow.person_id == person.id, AuditRow.id.in_(rates))
    )
    return allowed & AuditRow.id.not_in(select(ExerciseSetRow.id))


def seen_audit(session: Session, person: Person, audit_id: str, *, lock: bool = False) -> AuditRow:
    """Raises ``LibraryError``, the same for an audit that ``person`` does not see as for none."""
    query = select(AuditRow).where(AuditRow.id == audit_id, _visible(session, person))
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise LibraryError(NO_AUDIT)
    return row


def own_audit(session: Session, person: Person, audit_id: str) -> AuditRow:
    """The locked row of an audit that ``person`` prepared, or any for an administrator. Raises ``LibraryError``."""
    return _prepared(session, person, audit_id, "changes it", lock=True)


def analysed_audit(library: Library, person: Person, audit_id: str) -> Audit:
    """An audit whose results ``person`` may see: who prepared it, or an administrator. Raises ``LibraryError``."""
    with library.database.reading() as session:
        return _audit(_prepared(session, person, audit_id, "sees its results", lock=False))


def _prepared(session: Session, person: Person, audit_id: str, deed: str, *, lock: bool) -> AuditRow:
    row = seen_audit(session, person, audit_id, lock=lock)
    if row.person_id != person.id and current(session, person.id).role is not Role.ADMINISTRATOR:
        msg = f"only who prepared an audit or an administrator {deed}"
        raise LibraryError(msg)
    return row


def _audit(row: AuditRow) -> Audit:
    return Audit(
        row.id, Protocol.of(row.protocol), row.person_id, row.created, row.frozen, row.head, row.replaces
    )
