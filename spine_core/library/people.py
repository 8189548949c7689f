"""The people who use the library. Without sign-in anybody may pick any name, which the page says."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spine_core.library.database.schema import PersonRow
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person, Role

LONGEST_NAME = 80

BUILT_IN, BUILT_IN_NAME = "built-in", "SpineLens"
"""Subject and name of the person who owns what comes with SpineLens. Nobody can pick it or sign in as it: subjects of
people are hashes."""


def people(library: Library, *, identified: bool | None = None) -> tuple[Person, ...]:
    """Everybody, by name. ``identified``: only those who sign in (True), only names without an identity (False)."""
    real = or_(PersonRow.subject.is_(None), PersonRow.subject != BUILT_IN)
    query = select(PersonRow).where(real).order_by(PersonRow.name)
    if identified is not None:
        query = query.where(PersonRow.subject.is_not(None) if identified else PersonRow.subject.is_(None))
    with library.database.reading() as session:
        return tuple(_person(row) for row in session.scalars(query))


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


def identity_hash(issuer: str, subject: str) -> str:
    """SHA-256 of an identity: the sign-in service and the subject, which is unique in that service only."""
    return hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()


def identified_person(library: Library, identity: str, name: str) -> Person:
    """The person of an identity (``identity_hash``); the first sign-in makes a reader called ``name``.

    The name is shortened where it is too long, and gets a number where it is taken.
    """
    return _person_of_subject(library, identity, name, Role.READER)


def built_in_person(library: Library) -> Person:
    """The owner of what comes with SpineLens, a teacher."""
    return _person_of_subject(library, BUILT_IN, BUILT_IN_NAME, Role.TEACHER)


def _person_of_subject(library: Library, subject: str, name: str, role: Role) -> Person:
    name = " ".join(name.split())[: LONGEST_NAME - len(" 9999")].strip() or NAMELESS
    number = 1
    while (person := _of_identity(library, subject)) is None:
        try:
            return add_person(library, name if number == 1 else f"{name} {number}", role, subject)
        except LibraryError:
            # The name is taken, or another tab of the same person has just signed in for the first time.
            number += 1
    return person


def _of_identity(library: Library, identity: str) -> Person | None:
    with library.database.reading() as session:
        row = session.scalar(select(PersonRow).where(PersonRow.subject == identity))
        return None if row is None else _person(row)


def person_of(library: Library, person_id: int) -> Person:
    """Raises ``LibraryError`` where nobody has this number."""
    with library.database.reading() as session:
        return current(session, person_id)


def set_role(library: Library, by: Person, person_id: int, role: Role) -> Person:
    """Gives somebody a role. Raises ``LibraryError`` unless an administrator asks, or where the last one would go.

    Administrators who sign in and those without an identity are counted apart: only one kind can act at a time.
    """
    with library.database.writing() as session:
        if current(session, by.id).role is not Role.ADMINISTRATOR:
            msg = "only an administrator gives roles"
            raise LibraryError(msg)
        row = session.get(PersonRow, person_id)
        if row is None:
            raise LibraryError(NOBODY)
        administrators = select(PersonRow.id).where(
            PersonRow.role == Role.ADMINISTRATOR.value, PersonRow.subject.is_(None) == (row.subject is None)
        )
        if role is not Role.ADMINISTRATOR and list(session.scalars(administrators)) == [person_id]:
            msg = "the last administrator stays one"
            raise LibraryError(msg)
        row.role = role.value
        return _person(row)


def set_role_by_name(library: Library, name: str, role: Role) -> Person:
    """Gives somebody a role without asking who asks: for the shell of the server, which is trusted.

    Raises ``LibraryError`` where nobody has this name.
    """
    with library.database.writing() as session:
        row = session.scalar(select(PersonRow).where(PersonRow.name == name))
        if row is None:
            raise LibraryError(NOBODY)
        row.role = role.value
        return _person(row)


NOBODY = "there is no such person in the library"
NAMELESS = "Somebody"
"""Who signs in without any name."""


def current(session: Session, person_id: int) -> Person:
    """The person with the role that holds now. Raises ``LibraryError`` where there is none."""
    row = session.get(PersonRow, person_id)
    if row is None:
        raise LibraryError(NOBODY)
    return _person(row)


def _person(row: PersonRow) -> Person:
    return Person(row.id, row.name, Role(row.role))
