"""The studies of a batch: cases of the library, or files of a folder."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from spine_core.audit.batch.store import seen_batch
from spine_core.audit.batch.types import Source
from spine_core.library.access import visible
from spine_core.library.database.schema import CaseRow
from spine_core.library.found_studies import found_studies, sources_of_import
from spine_core.library.search import CaseFilter, matching
from spine_core.library.store import Library
from spine_core.library.types import Person


def sources_of_cases(library: Library, person: Person, wanted: CaseFilter) -> list[Source]:
    """The cases that ``person`` sees and ``wanted`` describes, the oldest first."""
    with library.database.reading() as session:
        query = select(CaseRow).where(visible(session, person), *matching(wanted))
        rows = session.scalars(query.order_by(CaseRow.kept, CaseRow.id)).unique()
        return [_of_case(library, row) for row in rows]


def sources_of_batch(library: Library, person: Person, batch_id: str) -> list[Source]:
    """The cases of a batch that ``person`` still sees. Raises ``LibraryError`` for no such batch."""
    with library.database.reading() as session:
        wanted = set(seen_batch(session, person, batch_id).cases)
    return [one for one in sources_of_cases(library, person, CaseFilter()) if one.id in wanted]


def _of_case(library: Library, row: CaseRow) -> Source:
    files = tuple((file.name, library.content.path(file.sha256)) for file in row.files)
    return Source(row.id, files, row.id, row.weighting, row.spacing)


def sources_of_folder(path: Path) -> list[Source]:
    """The studies of a folder, as an import finds them; an archive counts as one study.

    Raises ``StudyError`` where there are no files.
    """
    return [
        Source(found.fingerprint, tuple((file.name, _path(file.data)) for file in found.files))
        for found in found_studies(sources_of_import(path))
    ]


def _path(data: bytes | Path) -> Path:
    assert isinstance(data, Path)
    return data.absolute()
