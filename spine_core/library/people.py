"""The people who use the library. Without sign-in anybody may pick any name, which the page says."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spine_core.library.database.schema import PersonRow
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person, Role

LONGEST_NAME = 80


def people(library: Library) -> tuple[Person, ...]:
    """Everybody, by name."""
    with library.database.reading() as session:
        return tuple(_person(row) for row in session.scalars(select(PersonRow).order_by(PersonRow.name)))


def add_person(library: Library, name: str, role: Role = Role.READER, subject: str | None = None) -> Person:
    """Adds somebody. ``subject``: hash of the identity at a sign-in service.

    Raises ``LibraryError`` where the name is empty, too long, or taken.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        msg = f"a name has 1 to {LONGEST_NAME} letters"
        raise LibraryError(msg)
    try:
        with library.database.writing() as session:
            row = PersonRow(name=name, role=role.value, subject=subject)
            session.add(row)
            session.flush()
            return _person(row)
    except IntegrityError:
        msg = "this name is taken"
        raise LibraryError(msg) from None


def person_of(library: Library, person_id: int) -> Person:
    """Raises ``LibraryError`` where nobody has this number."""
    with library.database.reading() as session:
        return current(session, person_id)


def set_role(library: Library, by: Person, person_id: int, role: Role) -> Person:
    """Gives somebody a role. Raises ``LibraryError`` unless an administrator asks, or where the last one would go."""
    with library.database.writing() as session:
        if current(session, by.id).role is not Role.ADMINISTRATOR:
            msg = "only an administrator gives roles"
            raise LibraryError(msg)
        row = session.get(PersonRow, person_id)
        if row is None:
            raise LibraryError(NOBODY)
        administrators = select(PersonRow.id).where(PersonRow.role == Role.ADMINISTRATOR.value)
        if role is not Role.ADMINISTRATOR and list(session.scalars(administrators)) == [person_id]:
            msg = "the last administrator stays one"
            raise LibraryError(msg)
        row.role = role.value
        return _person(row)


NOBODY = "there is no such person in the library"


def current(session: Session, person_id: int) -> Person:
    """The person with the role that holds now. Raises ``LibraryError`` where there is none."""
    row = session.get(PersonRow, person_id)
    if row is None:
        raise LibraryError(NOBODY)
    return _person(row)


def _person(row: PersonRow) -> Person:
    return Person(row.id, row.name, Role(row.role))
