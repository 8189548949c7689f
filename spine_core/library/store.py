"""The library of this installation: its database, its files, and the secret of its pseudonyms."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import URL, select, text
from sqlalchemy.orm import Session

from spine_core.library.content import ContentStore
from spine_core.library.database.engine import Database, configured_address, library_folder, open_database
from spine_core.library.database.schema import (
    AuditMapRow,
    CaseRow,
    FileRow,
    MapRow,
    ReleasedMapRow,
    ReportRow,
)

SECRET_BYTES = 32
CONTENT_LOCK = 0x434F4E54
"""Key of PostgreSQL's advisory lock while files are matched with rows."""


@dataclass(frozen=True, eq=False)
class Library:
    """``folder``: holds the content store and the secret, and the database where that is SQLite."""

    folder: Path
    database: Database

    @property
    def content(self) -> ContentStore:
        """The files of all cases."""
        return ContentStore(self.folder / "content")

    def features_folder(self, case_id: str) -> Path:
        """Where what was computed of the discs of a case is, or would be."""
        return self.folder / "discs" / case_id

    @property
    def secret(self) -> bytes:
        """From which pseudonyms and shifted dates are made: one patient gets the same ones in every study."""
        path = self.folder / "secret"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        return path.read_bytes()

    def lock_content(self, session: Session) -> None:
        """Until the end of the transaction, which writes, no other one adds or removes files."""
        # SQLite has one writer at a time anyway.
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CONTENT_LOCK})

    def remove_unused(self, hashes: Iterable[str]) -> int:
        """Removes those of these files that no case refers to; returns how many."""
        candidates = set(hashes)
        with self.database.writing() as session:
            self.lock_content(session)
            used = set(session.scalars(select(FileRow.sha256).where(FileRow.sha256.in_(candidates))))
            for column in (
                CaseRow.thumbnail,
                MapRow.map_sha256,
                AuditMapRow.map_sha256,
                ReleasedMapRow.map_sha256,
                ReportRow.content,
                ReportRow.base,
            ):
                used |= set(session.scalars(select(column).where(column.in_(candidates))))
            for sha256 in candidates - used:
                self.content.remove(sha256)
        return len(candidates - used)


def open_library() -> Library:
    """The library that ``SPINELENS_HOME`` and ``SPINELENS_DATABASE`` name. Raises ``LibraryError``."""
    return _library(library_folder(), configured_address())


@lru_cache(maxsize=4)
def _library(folder: Path, address: URL) -> Library:
    return Library(folder, open_database(address))
