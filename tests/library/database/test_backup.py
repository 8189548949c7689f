from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from spine_core.library.cases import get_case
from spine_core.library.database.backup import back_up, restore
from spine_core.library.database.engine import Database, configuration, newest_revision
from spine_core.library.database.schema import Base
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person, people
from spine_core.library.reopening import open_case
from spine_core.library.reviews import review, set_references
from spine_core.library.search import find_cases
from spine_core.library.store import Library
from spine_core.library.types import Decision, ReferenceGrade, Role
from spine_core.study import open_study
from spine_core.teaching.rooms.guests import join
from spine_core.teaching.rooms.store import open_room
from spine_core.teaching.shown import given, own_attempts, revealed
from tests.library.making import finding, kept, picture

BACKUPS = Path(__file__).parent / "backups"
"""One of every earlier schema, written by the version that had it."""


@pytest.fixture
def filled(library, anna, ben) -> str:
    kept(library, ben, seed=2, tags=("t",))
    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"), title="One", tags=("a", "b"))
    set_references(library, anna, case_id, [ReferenceGrade("L4/L5", "pfirrmann", "5")])
    review(library, anna, case_id, "L4/L5", "pfirrmann", Decision.CHANGED, "5")
    return case_id


def empty(tmp_path) -> Library:
    folder = tmp_path / "other"
    folder.mkdir()
    return Library(folder, Database(URL.create("sqlite", database=str(folder / "library.db"))))


def test_a_restored_library_is_the_one_that_was_backed_up(library, anna, filled, tmp_path):
    assert back_up(library, tmp_path / "backup.zip") == 2
    other = empty(tmp_path)
    assert restore(other, tmp_path / "backup.zip") == 2
    assert people(other) == people(library)
    assert other.secret == library.secret
    assert get_case(other, anna, filled) == get_case(library, anna, filled)
    assert open_case(other, anna, filled)[1].sha256 == open_case(library, anna, filled)[1].sha256
    other.database.close()


def test_it_is_restored_into_either_database_which_goes_on_numbering(library, tmp_path):
    source = empty(tmp_path)
    anna = add_person(source, "Anna")
    kept(source, anna, finding("L4/L5", "pfirrmann", "4"))
    back_up(source, tmp_path / "backup.zip")
    restore(library, tmp_path / "backup.zip")
    ben = add_person(library, "Ben")
    assert ben.id > anna.id
    assert find_cases(library, anna).total == 1
    source.database.close()


def test_nothing_is_restored_over_a_library_in_use(library, anna, filled, tmp_path):
    back_up(library, tmp_path / "backup.zip")
    before = get_case(library, anna, filled)
    with pytest.raises(LibraryError, match="empty library only"):
        restore(library, tmp_path / "backup.zip")
    assert get_case(library, anna, filled) == before


def test_a_backup_is_not_overwritten(library, filled, tmp_path):
    (tmp_path / "backup.zip").write_bytes(b"precious")
    with pytest.raises(LibraryError, match="exists already"):
        back_up(library, tmp_path / "backup.zip")
    assert (tmp_path / "backup.zip").read_bytes() == b"precious"


def test_a_backup_is_for_its_owner_only(library, filled, tmp_path):
    back_up(library, tmp_path / "backup.zip")
    assert (tmp_path / "backup.zip").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("change", ["not a zip", "lacks a row", "changed file", "other version", "no tables"])
def test_a_damaged_backup_is_refused_and_leaves_the_library_empty(library, filled, tmp_path, change):
    back_up(library, tmp_path / "backup.zip")
    damaged = tmp_path / "damaged.zip"
    damage(tmp_path / "backup.zip", damaged, change)
    other = empty(tmp_path)
    with pytest.raises(LibraryError, match=r"damaged\.zip|newer version"):
        restore(other, damaged)
    assert people(other) == ()
    other.database.close()


def damage(source, target, change) -> None:
    if change == "not a zip":
        target.write_bytes(b"PK")
        return
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if change == "lacks a row" and name == "tables/cases.jsonl":
                data = data.splitlines(keepends=True)[0]
            if change == "changed file" and name.startswith("content/"):
                data += b"x"
            if change == "other version" and name == "library.json":
                data = data.replace(b'"revision": "v0', b'"revision": "w0')
            if change == "no tables" and name.startswith("tables/cases"):
                continue
            new.writestr(name, data)


@pytest.mark.parametrize("backup", sorted(BACKUPS.glob("*.zip")), ids=lambda path: path.stem)
def test_a_backup_of_every_earlier_schema_is_migrated(library, backup):
    assert restore(library, backup) == 1
    anna, ben = people(library)
    assert (anna.name, ben.role) == ("Anna", Role.ADMINISTRATOR)
    (one,) = find_cases(library, anna).cases
    case, study = open_case(library, anna, one.id)
    assert study.sha256 == open_study([picture(7)]).sha256
    assert (case.title, case.notes, case.tags, case.shared) == ("A case", "Notes", ("a", "b"), True)
    assert case.references == (ReferenceGrade("L4/L5", "pfirrmann", "5", "consensus"),)
    assert [(one.decision, one.grade) for one in case.reviews] == [(Decision.CHANGED, "5")]
    assert case.reading.findings[0].prediction_set == ("3", "4")
    assert (one.uncertain, one.disagreements, one.reviewed) == (1, 1, 1)
    # It is a library of today in every respect.
    kept(library, ben, finding("L4/L5", "pfirrmann", "4"), seed=8)
    review(library, ben, one.id, "L5/S1", "herniation", Decision.ACCEPTED)
    with library.database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == newest_revision()
        assert compare_metadata(context, Base.metadata) == []


def test_exercises_of_an_earlier_schema_go_on_and_a_class_can_open_a_room_for_them(library):
    restore(library, BACKUPS / "v005.zip")
    anna, ben = people(library)
    (attempt,) = own_attempts(library, anna)
    assert [one.answers[0].grade for one in given(library, anna, attempt.id)] == ["3", "5"]
    room = open_room(library, ben, attempt.set_id)
    join(library, room.code, "Mia")
    assert [one.grade for one in revealed(library, anna, attempt.id)] == ["4"]


def test_every_schema_but_the_newest_has_a_backup():
    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    assert {path.stem for path in BACKUPS.glob("*.zip")} == {one.revision for one in scripts} - {
        newest_revision()
    }
