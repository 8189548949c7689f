"""Backup of the whole library into one ZIP file, and restoring it, into either kind of database."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection, DateTime, MetaData, Table, func, insert, select, text
from sqlalchemy.orm import Session

from spine_core.library.content import ContentStore
from spine_core.library.database.engine import newest_revision, upgrade_connection
from spine_core.library.database.schema import Base
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library

MANIFEST, SECRET, CONTENT, TABLES = "library.json", "secret", "content", "tables"
LOGS = "audits"
"""Folder of the logs of rating studies, in the library and in a backup."""
ROWS_AT_ONCE = 1000


def back_up(library: Library, path: Path) -> int:
    """Writes rows, files and the secret of the pseudonyms into a new ZIP; returns the number of cases.

    The ZIP holds what the library holds: keep it as safe. Raises ``LibraryError`` where ``path`` exists.
    """
    if path.exists():
        msg = f"{path.name} exists already"
        raise LibraryError(msg)
    unfinished = path.with_name(f"{path.name}.part")
    with library.database.reading() as session, zipfile.ZipFile(unfinished, "w") as archive:
        counts = {}
        for table in Base.metadata.sorted_tables:
            counts[table.name] = 0
            with archive.open(f"{TABLES}/{table.name}.jsonl", "w") as file:
                for row in _rows(session, table):
                    file.write(f"{json.dumps(row, default=_json)}\n".encode())
                    counts[table.name] += 1
        for sha256 in library.content.hashes():
            archive.write(library.content.path(sha256), f"{CONTENT}/{sha256}")
        for log in sorted((library.folder / LOGS).glob("*.jsonl")):
            archive.write(log, f"{LOGS}/{log.name}")
        archive.writestr(SECRET, library.secret)
        archive.writestr(MANIFEST, json.dumps({"revision": newest_revision(), "rows": counts}))
    unfinished.rename(path)
    path.chmod(0o600)
    return counts["cases"]


def restore(library: Library, path: Path) -> int:
    """Restores a backup, also one of an earlier schema, into an empty library; returns the number of cases.

    Raises ``LibraryError`` where the library is not empty, or the file is no complete backup that this version knows.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            _restore_content(library.content, archive)
            with library.database.writing() as session:
                _restore_rows(session.connection(), archive, manifest["rows"], manifest["revision"])
                (library.folder / SECRET).write_bytes(archive.read(SECRET))
                _restore_logs(library.folder / LOGS, archive)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        msg = f"{path.name} is not a complete backup of a library"
        raise LibraryError(msg) from None
    return int(manifest["rows"]["cases"])


def _rows(session: Session, table: Table) -> Iterator[dict[str, Any]]:
    query = select(table).order_by(*table.primary_key.columns)
    for row in session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}):
        yield dict(row._mapping)


def _json(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _restore_content(content: ContentStore, archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        folder, _, sha256 = name.partition("/")
        if folder == CONTENT and content.put(archive.read(name)) != sha256:
            msg = "a file was changed"
            raise ValueError(msg)


def _restore_logs(folder: Path, archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        if PurePosixPath(name).parent == PurePosixPath(LOGS):
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / PurePosixPath(name).name).write_bytes(archive.read(name))


def _restore_rows(
    connection: Connection, archive: zipfile.ZipFile, counts: dict[str, int], revision: str
) -> None:
    if any(
        connection.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
    ):
        msg = "a backup is restored into an empty library only"
        raise LibraryError(msg)
    # The rows are those of the backup's schema; the migrations then change them as they change a database.
    Base.metadata.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))
    upgrade_connection(connection, revision)
    then = MetaData()
    then.reflect(connection)
    for table in then.sorted_tables:
        if table.name in counts:
            _restore_table(connection, archive, table, counts[table.name])
    upgrade_connection(connection)


def _restore_table(connection: Connection, archive: zipfile.ZipFile, table: Table, count: int) -> None:
    with archive.open(f"{TABLES}/{table.name}.jsonl") as file:
        restored = sum(_insert(connection, table, lines) for lines in _batches(file))
    if restored != count:
        msg = "rows are missing"
        raise ValueError(msg)
    _continue_numbering(connection, table)


def _insert(connection: Connection, table: Table, lines: Sequence[bytes]) -> int:
    connection.execute(insert(table), [_parsed(table, json.loads(line)) for line in lines])
    return len(lines)


def _continue_numbering(connection: Connection, table: Table) -> None:
    """PostgreSQL does not notice numbers that were given: the next row would get one of them again."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    connection.execute(select(func.setval(sequence, func.coalesce(func.max(column), 1))).select_from(table))


def _parsed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The columns of a reflected table know no time zone: moments are in UTC."""
    moments = [column.name for column in table.columns if isinstance(column.type, DateTime)]
    return row | {
        name: datetime.fromisoformat(row[name]).replace(tzinfo=None)
        for name in moments
        if row[name] is not None
    }


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    # itertools.batched needs Python 3.12.
    remaining = iter(lines)
    while batch := list(islice(remaining, ROWS_AT_ONCE)):
        yield batch
