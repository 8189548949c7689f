from __future__ import annotations

import pytest

from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person, people, person_of, set_role
from spine_core.library.types import Person, Role


def test_names_are_trimmed_and_listed_in_order(library):
    ben, anna = add_person(library, "  Ben   Smith "), add_person(library, "Anna", Role.TEACHER)
    assert people(library) == (Person(anna.id, "Anna", Role.TEACHER), Person(ben.id, "Ben Smith"))
    assert person_of(library, anna.id) == anna


@pytest.mark.parametrize("name", ["", "   ", "a" * 81])
def test_a_name_that_is_none_is_refused(library, name):
    with pytest.raises(LibraryError, match="1 to 80 letters"):
        add_person(library, name)
    assert people(library) == ()


def test_a_taken_name_is_refused(library, anna):
    with pytest.raises(LibraryError, match="taken"):
        add_person(library, " Anna ")
    assert people(library) == (anna,)


def test_only_an_administrator_gives_roles(library, anna, ben, chief):
    with pytest.raises(LibraryError, match="only an administrator"):
        set_role(library, anna, anna.id, Role.ADMINISTRATOR)
    assert set_role(library, chief, ben.id, Role.TEACHER).role is Role.TEACHER
    assert person_of(library, ben.id).role is Role.TEACHER


def test_the_last_administrator_stays_one(library, anna, chief):
    with pytest.raises(LibraryError, match="last administrator"):
        set_role(library, chief, chief.id, Role.READER)
    set_role(library, chief, anna.id, Role.ADMINISTRATOR)
    assert set_role(library, chief, chief.id, Role.READER).role is Role.READER


def test_a_role_that_was_taken_away_counts_at_once(library, anna, chief):
    boss = set_role(library, chief, anna.id, Role.ADMINISTRATOR)
    set_role(library, chief, anna.id, Role.READER)
    with pytest.raises(LibraryError, match="only an administrator"):
        set_role(library, boss, boss.id, Role.ADMINISTRATOR)


def test_nobody_is_no_person(library):
    with pytest.raises(LibraryError, match="no such person"):
        person_of(library, 7)
