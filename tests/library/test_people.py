from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from spine_core.library.errors import LibraryError
from spine_core.library.people import (
    LONGEST_NAME,
    add_person,
    identified_person,
    identity_hash,
    people,
    person_of,
    set_role,
    set_role_by_name,
)
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


def test_an_identity_is_one_person_whatever_the_name_is_by_then(library):
    first = identified_person(library, identity_hash("https://a", "1"), " Carla  Diaz ")
    assert first == Person(first.id, "Carla Diaz", Role.READER)
    set_role_by_name(library, "Carla Diaz", Role.TEACHER)
    again = identified_person(library, identity_hash("https://a", "1"), "Carla Evans")
    assert again == Person(first.id, "Carla Diaz", Role.TEACHER)


def test_the_same_subject_of_another_service_is_another_person(library):
    one = identified_person(library, identity_hash("https://a", "1"), "Carla")
    other = identified_person(library, identity_hash("https://b", "1"), "Carla")
    third = identified_person(library, identity_hash("https://a1", ""), "Carla")
    assert [one.name, other.name, third.name] == ["Carla", "Carla 2", "Carla 3"]
    assert len({one.id, other.id, third.id}) == 3


def test_a_name_that_was_picked_gives_nobody_its_person(library, anna):
    signed_in = identified_person(library, identity_hash("https://a", "1"), anna.name)
    assert signed_in.id != anna.id
    assert people(library, identified=False) == (anna,)
    assert people(library, identified=True) == (signed_in,)
    assert people(library) == (anna, signed_in)


@pytest.mark.parametrize(("claim", "name"), [("", "Somebody"), ("x" * 300, "x" * (LONGEST_NAME - 5))])
def test_a_service_may_send_no_name_or_a_long_one(library, claim, name):
    assert identified_person(library, "1" * 64, claim).name == name
    assert identified_person(library, "2" * 64, claim).name == f"{name} 2"


def test_first_sign_ins_at_once_make_one_person(library):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: identified_person(library, "1" * 64, "Carla"), range(8)))
    assert people(library) == (found[0],)
    assert len(set(found)) == 1


def test_the_shell_gives_roles_by_name(library, anna):
    assert set_role_by_name(library, anna.name, Role.ADMINISTRATOR).role is Role.ADMINISTRATOR
    assert person_of(library, anna.id).role is Role.ADMINISTRATOR
    with pytest.raises(LibraryError, match="no such person"):
        set_role_by_name(library, "Nobody", Role.READER)


def test_the_last_administrator_who_signs_in_stays_one(library, chief):
    identified = identified_person(library, "1" * 64, "Carla")
    set_role(library, chief, identified.id, Role.ADMINISTRATOR)
    with pytest.raises(LibraryError, match="last administrator"):
        set_role(library, identified, identified.id, Role.READER)
