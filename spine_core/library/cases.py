"""Cases: looked at, described, shared, deleted."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spine_core.library.access import own_case, seen_case, visible
from spine_core.library.database.schema import CaseRow, FileRow, ReportRow, ReviewRow, TagRow, TombstoneRow
from spine_core.library.errors import LibraryError
from spine_core.library.kept_reading import reading_of
from spine_core.library.store import Library
from spine_core.library.types import Case, Decision, KeptSeries, Person, ReferenceGrade, Review
from spine_core.study.sources import SourceFile

LONGEST_TAG, LONGEST_TITLE = 40, 200


@dataclass(frozen=True)
class Description:
    """What a person writes about a case. ``shared``: everybody who uses the library sees it."""

    title: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    shared: bool = False

    def __post_init__(self) -> None:
        """Raises ``LibraryError`` where the title or a tag is too long."""
        if len(self.title) > LONGEST_TITLE or any(len(tag) > LONGEST_TAG for tag in self.tags):
            msg = f"a title has at most {LONGEST_TITLE} letters, a tag {LONGEST_TAG}"
            raise LibraryError(msg)


def get_case(library: Library, person: Person, case_id: str) -> Case:
    """One case with all that was said about it. Raises ``LibraryError``."""
    with library.database.reading() as session:
        return _case(session, library, seen_case(session, person, case_id))


def case_files(library: Library, person: Person, case_id: str) -> tuple[SourceFile, ...]:
    """The de-identified files of a case, checked by their hashes. Raises ``LibraryError``."""
    with library.database.reading() as session:
        rows = [(row.name, row.sha256) for row in seen_case(session, person, case_id).files]
    return tuple(SourceFile(name, library.content.get(sha256)) for name, sha256 in rows)


def case_names(library: Library, person: Person, case_ids: Collection[str]) -> dict[str, str]:
    """Title, or the beginning of the number, of those of the cases that ``person`` sees."""
    with library.database.reading() as session:
        query = select(CaseRow.id, CaseRow.title).where(CaseRow.id.in_(case_ids), visible(session, person))
        return {row.id: row.title or row.id[:8] for row in session.execute(query)}


def describe(library: Library, person: Person, case_id: str, description: Description) -> None:
    """Replaces title, notes, tags and sharing. Raises ``LibraryError``."""
    with library.database.writing() as session:
        row = own_case(session, person, case_id)
        set_description(row, description)


def set_description(row: CaseRow, description: Description) -> None:
    """Writes title, notes, tags and sharing into a row."""
    row.title, row.notes, row.shared = description.title.strip(), description.notes, description.shared
    tags = sorted({" ".join(tag.split()) for tag in description.tags} - {""})
    there = {one.tag: one for one in row.tags}
    row.tags = [there.get(tag) or TagRow(tag=tag) for tag in tags]


def delete(library: Library, person: Person, case_id: str) -> None:
    """Deletes the rows and files of a case, and what was computed of its discs; a tombstone says that there was one.

    Raises ``LibraryError``.
    """
    with library.database.writing() as session:
        row = own_case(session, person, case_id)
        hashes = [file.sha256 for file in row.files] + ([row.thumbnail] if row.thumbnail else [])
        reports = session.scalars(select(ReportRow).where(ReportRow.case_id == case_id))
        hashes += [one for report in reports for one in (report.content, report.base) if one]
        session.delete(row)
        session.add(TombstoneRow(case_id=case_id, person_id=person.id))
    library.remove_unused(hashes)
    shutil.rmtree(library.features_folder(case_id), ignore_errors=True)


def _case(session: Session, library: Library, row: CaseRow) -> Case:
    files, nbytes = session.execute(
        select(func.count(), func.coalesce(func.sum(FileRow.nbytes), 0)).where(FileRow.case_id == row.id)
    ).one()
    return Case(
        id=row.id,
        title=row.title,
        notes=row.notes,
        tags=tuple(tag.tag for tag in row.tags),
        patient=row.patient,
        owner=row.owner.name,
        shared=row.shared,
        kept=row.kept,
        synthetic=row.synthetic,
        study_sha256=row.study_sha256,
        series=tuple(KeptSeries(**values) for values in row.series),
        files=files,
        nbytes=nbytes,
        weighting=row.weighting,
        spacing=row.spacing,
        thumbnail=library.content.get(row.thumbnail) if row.thumbnail else None,
        reading=reading_of(row.reading) if row.reading else None,
        references=tuple(
            ReferenceGrade(one.level, one.condition, one.grade, one.source) for one in row.references
        ),
        reviews=tuple(_review(one) for one in row.reviews),
    )


def _review(row: ReviewRow) -> Review:
    return Review(row.level, row.condition, Decision(row.decision), row.grade, row.person.name, row.decided)
