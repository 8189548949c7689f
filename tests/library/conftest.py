"""The library on both databases, with cases made from small images."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import URL, create_engine, make_url, text

from spine_core.library.database.engine import Database
from spine_core.library.people import add_person
from spine_core.library.store import Library
from spine_core.library.types import Person, Role
from tests.services.postgresql import NO_POSTGRESQL, programs, serving


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL server, started for this session."""
    if programs() is None:
        assert not os.environ.get("CI"), NO_POSTGRESQL
        pytest.skip(NO_POSTGRESQL)
    # Not pytest's folder: the server's own user may not enter it.
    with tempfile.TemporaryDirectory(prefix="spinelens-postgresql-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with serving(Path(folder) / "server") as address:
            yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> URL:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "library.db"))
    server = make_url(request.getfixturevalue("postgresql")).set(drivername="postgresql+pg8000")
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name)


@pytest.fixture
def library(address, tmp_path) -> Iterator[Library]:
    """An empty library."""
    database = Database(address)
    folder = tmp_path / "library"
    folder.mkdir()
    yield Library(folder, database)
    database.close()


@pytest.fixture
def anna(library) -> Person:
    return add_person(library, "Anna")


@pytest.fixture
def ben(library) -> Person:
    return add_person(library, "Ben")


@pytest.fixture
def chief(library) -> Person:
    return add_person(library, "Chief", Role.ADMINISTRATOR)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)
