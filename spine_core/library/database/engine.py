"""Opens the database, brings its tables up to date, and hands out transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from spine_core.home import home
from spine_core.library.errors import LibraryError

VARIABLE = "SPINELENS_DATABASE"
"""Environment variable: address of the database, such as ``postgresql://user:password@host/name``."""

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""How long a writer waits for another one."""
MIGRATION_LOCK = 0x5350494E45
"""Key of PostgreSQL's advisory lock: of several servers that start at once, one changes the tables."""

WRITES = "spinelens_writes"


def library_folder() -> Path:
    """Where the library keeps its files, and its database where that is SQLite."""
    folder = home() / "library"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def configured_address() -> URL:
    """``SPINELENS_DATABASE``, or a SQLite file in the data folder. Raises ``LibraryError``."""
    named = os.environ.get(VARIABLE)
    if not named:
        return URL.create("sqlite", database=str(library_folder() / "library.db"))
    try:
        address = make_url(named)
    except ArgumentError:
        # The address may hold a password: it is not repeated.
        msg = f"{VARIABLE} is not an address like postgresql://user:password@host/name"
        raise LibraryError(msg) from None
    # pg8000 is the driver that is installed; SQLAlchemy's default is psycopg, which is LGPL.
    return address.set(drivername="postgresql+pg8000") if address.drivername == "postgresql" else address


class Database:
    """One database, its tables up to date. Safe to use from many threads.

    Raises ``LibraryError`` where it cannot be reached, or was written by a newer version of SpineLens.
    """

    def __init__(self, address: URL) -> None:
        self.engine = _engine(address)
        try:
            upgrade(self.engine)
        except DBAPIError as error:
            msg = f"the database of the library cannot be opened ({type(error.orig).__name__})"
            raise LibraryError(msg) from None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that writes: committed at the end, undone by an exception.

        SQLite has one writer at a time, who waits for the lock at the beginning: a transaction that reads first and
        asks for it later would fail at once.
        """
        with Session(self.engine.execution_options(**{WRITES: True})) as session, session.begin():
            yield session

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


def _engine(address: URL) -> Engine:
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Python's module would begin transactions by itself, and not before every statement.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    _use_write_ahead_log(connection)


def _use_write_ahead_log(connection: Any) -> None:
    """So that readers do not wait for a writer. The file remembers it; SQLite does not wait for others to set it."""
    end = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Creates the tables or migrates them. Raises ``LibraryError`` where a newer version made them."""
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        upgrade_connection(connection, revision)


def upgrade_connection(connection: Connection, revision: str = "head") -> None:
    """As ``upgrade``, in the transaction of ``connection``."""
    config = configuration()
    config.attributes["connection"] = connection
    try:
        with _upgrading:
            command.upgrade(config, revision)
    except CommandError:
        msg = "the library was written by a newer version of SpineLens"
        raise LibraryError(msg) from None


def configuration() -> Config:
    """Alembic's configuration: the folder of the migrations, and nothing of the log's."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest_revision() -> str:
    """The schema that this version writes."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None
    return head


_upgrading = threading.Lock()
"""Alembic's environment is global to the process."""


@lru_cache(maxsize=4)
def open_database(address: URL) -> Database:
    """The database of that address, opened once per process."""
    return Database(address)
