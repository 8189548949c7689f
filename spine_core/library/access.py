"""Who may see and change which cases. Every query of the library goes through here."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from spine_core.library.database.schema import CaseRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.types import Person, Role

NO_CASE = "there is no such case"


def visible(session: Session, person: Person) -> ColumnElement[bool]:
    """Condition for the cases that ``person`` sees: their own, shared ones, and all for an administrator.

    The role is read again, so that one that was taken away counts at once. Raises ``LibraryError`` for nobody.
    """
    if current(session, person.id).role is Role.ADMINISTRATOR:
        return true()
    return or_(CaseRow.owner_id == person.id, CaseRow.shared)


def changeable(session: Session, person: Person) -> ColumnElement[bool]:
    """Condition for the cases that ``person`` may change: their own, and all for an administrator."""
    if current(session, person.id).role is Role.ADMINISTRATOR:
        return true()
    return CaseRow.owner_id == person.id


def seen_case(session: Session, person: Person, case_id: str) -> CaseRow:
    """A case that ``person`` sees. Raises ``LibraryError``, the same for a hidden case as for none."""
    return _case(session, case_id, visible(session, person))


def own_case(session: Session, person: Person, case_id: str) -> CaseRow:
    """A case that ``person`` may change. Raises ``LibraryError``."""
    seen_case(session, person, case_id)
    try:
        return _case(session, case_id, changeable(session, person))
    except LibraryError:
        msg = "only its owner or an administrator changes a case"
        raise LibraryError(msg) from None


def _case(session: Session, case_id: str, allowed: ColumnElement[bool]) -> CaseRow:
    row = session.scalar(select(CaseRow).where(CaseRow.id == case_id, allowed))
    if row is None:
        raise LibraryError(NO_CASE)
    return row
