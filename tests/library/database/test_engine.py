from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, inspect, select, text

from spine_core.library.database import engine as engine_module
from spine_core.library.database.engine import Database, configured_address, newest_revision, upgrade
from spine_core.library.database.schema import Base, PersonRow
from spine_core.library.errors import LibraryError


def test_the_migrations_make_the_tables_of_the_schema(address):
    database = Database(address)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == newest_revision()
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_opening_twice_changes_nothing(address):
    for _ in range(2):
        database = Database(address)
        with database.writing() as session:
            session.add(PersonRow(name=str(len(session.scalars(select(PersonRow)).all())), role="reader"))
        database.close()
    database = Database(address)
    with database.reading() as session:
        assert sorted(session.scalars(select(PersonRow.name))) == ["0", "1"]
    database.close()


def test_eight_servers_that_start_at_once_make_the_tables_once(address):
    start = threading.Barrier(8)

    def open_one(_):
        start.wait()
        database = Database(address)
        names = inspect(database.engine).get_table_names()
        database.close()
        return names

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(open_one, range(8)))
    assert all({"cases", "people"} <= set(names) for names in found)


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(address):
    database = Database(address)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'v999'"))
    with pytest.raises(LibraryError, match="newer version"):
        upgrade(database.engine)
    database.close()


def test_a_transaction_that_fails_leaves_nothing(library):
    def fail():
        with library.database.writing() as session:
            session.add(PersonRow(name="Anna", role="reader"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with library.database.reading() as session:
        assert session.scalars(select(PersonRow)).all() == []


def test_sixteen_threads_that_write_at_once_lose_nothing(library):
    def write(number):
        for part in range(10):
            with library.database.writing() as session:
                # Reads first: SQLite would refuse the write of a transaction that began as a reader.
                session.scalars(select(PersonRow)).all()
                session.add(PersonRow(name=f"{number}-{part}", role="reader"))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    with library.database.reading() as session:
        assert len(session.scalars(select(PersonRow)).all()) == 160


def test_the_address_of_the_environment_is_used_and_never_repeated(monkeypatch):
    monkeypatch.setenv(engine_module.VARIABLE, "postgresql://anna:secret@host/spine")
    assert configured_address().drivername == "postgresql+pg8000"
    assert "secret" not in repr(configured_address())
    monkeypatch.setenv(engine_module.VARIABLE, "no address secret")
    with pytest.raises(LibraryError) as error:
        configured_address()
    assert "secret" not in str(error.value)


def test_without_configuration_it_is_a_sqlite_file_in_the_data_folder(monkeypatch, tmp_path):
    monkeypatch.delenv(engine_module.VARIABLE, raising=False)
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    address = configured_address()
    assert address == URL.create("sqlite", database=str(tmp_path / "home" / "library" / "library.db"))
    database = Database(address)
    with database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
    database.close()


def test_a_server_that_does_not_answer_is_one_sentence():
    with pytest.raises(LibraryError, match="cannot be opened"):
        Database(URL.create("postgresql+pg8000", "anna", "secret", "127.0.0.1", 9, "spine"))
