"""Keeps an open study: de-identified first, checked to read as before, then stored."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.grading.types import Reading
from spine_core.library.access import own_case, visible
from spine_core.library.cases import Description, set_description
from spine_core.library.database.schema import CaseRow, FileRow
from spine_core.library.deidentification.files import DeidentifiedFiles, deidentify_files
from spine_core.library.deidentification.reads_alike import check_reads_alike
from spine_core.library.errors import LibraryError
from spine_core.library.kept_reading import kept_reading, reading_row
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.thumbnail import thumbnail
from spine_core.library.types import KeptSeries, Person
from spine_core.progress import Part, Progress, silent
from spine_core.study.loader import open_study
from spine_core.study.sources import SourceFile
from spine_core.study.types import Series, Study, Weighting


@dataclass(frozen=True)
class Stated:
    """What the user said of files whose headers do not: weighting, and spacing in mm per pixel."""

    weighting: Weighting | None = None
    spacing: float | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """A de-identified study that may be kept. ``study``: the original, ``kept``: as the new files read."""

    study: Study
    kept: Study
    files: DeidentifiedFiles
    stated: Stated


def prepare(
    library: Library,
    study: Study,
    sources: Sequence[SourceFile],
    *,
    patient: str | None = None,
    stated: Stated = Stated(),
    progress: Progress = silent,
) -> Prepared:
    """De-identifies ``sources``, from which ``study`` was opened, and checks that they still read as it.

    ``patient``: ``Patient.key`` where the upload holds several. Raises ``DeidentificationError``, ``StudyError``.
    """
    files = deidentify_files(sources, library.secret, patient=patient, progress=Part(progress, 0.0, 0.6))
    kept = open_study(
        files.files,
        weighting=stated.weighting,
        spacing=stated.spacing,
        progress=Part(progress, 0.6, 0.4),
    )
    check_reads_alike(study, kept)
    return Prepared(study, kept, files, stated)


@dataclass(frozen=True)
class Kept:
    """``new``: False where the person kept this study already, and nothing was changed."""

    case_id: str
    new: bool


def keep(
    library: Library,
    person: Person,
    prepared: Prepared,
    reading: Reading | None = None,
    description: Description = Description(),  # noqa: B008
) -> Kept:
    """Stores a prepared study with its reading, unless ``person`` keeps it already. Raises ``LibraryError``."""
    picture = thumbnail(prepared.study, reading)
    contents = [picture, *(file.open().read() for file in prepared.files.files)]
    # Large files are written before the transaction, so that other writers do not wait for them.
    hashes = [library.content.put(content) for content in contents]
    with library.database.writing() as session:
        library.lock_content(session)
        there = _kept_already(session, person, prepared.study.sha256)
        if there is not None:
            return Kept(there, new=False)
        for content in contents:
            library.content.put(content)
        row = _row(prepared, person, hashes, [len(content) for content in contents])
        set_description(row, description)
        if reading is not None:
            row.reading = reading_row(row.id, kept_reading(reading, prepared.study))
        session.add(row)
        return Kept(row.id, new=True)


def kept_case(library: Library, person: Person, study: Study) -> str | None:
    """The id of the case that holds ``study`` and that ``person`` sees; their own first, None where there is none."""
    with library.database.reading() as session:
        own = _kept_already(session, person, study.sha256)
        query = select(CaseRow.id).where(CaseRow.study_sha256 == study.sha256, visible(session, person))
        return own or session.scalars(query).first()


def update_reading(library: Library, person: Person, case_id: str, study: Study, reading: Reading) -> None:
    """Replaces the kept reading by ``reading`` of the same study, corrected since. Raises ``LibraryError``."""
    with library.database.writing() as session:
        row = own_case(session, person, case_id)
        if row.study_sha256 != study.sha256:
            msg = "this reading is of another study"
            raise LibraryError(msg)
        row.reading = None
        session.flush()
        row.reading = reading_row(case_id, kept_reading(reading, study))


def _kept_already(session: Session, person: Person, study_sha256: str) -> str | None:
    current(session, person.id)
    return session.scalar(
        select(CaseRow.id).where(CaseRow.study_sha256 == study_sha256, CaseRow.owner_id == person.id)
    )


def _row(prepared: Prepared, person: Person, hashes: Sequence[str], sizes: Sequence[int]) -> CaseRow:
    kept, stated = prepared.kept, prepared.stated
    names = [file.name for file in prepared.files.files]
    return CaseRow(
        id=uuid.uuid4().hex,
        owner_id=person.id,
        patient=prepared.files.patient_id,
        synthetic=kept.synthetic,
        study_sha256=prepared.study.sha256,
        series=[asdict(_series(one)) for one in kept.series],
        weighting=stated.weighting.value if stated.weighting else None,
        spacing=stated.spacing,
        thumbnail=hashes[0],
        files=[
            FileRow(position=position, name=name, sha256=sha256, nbytes=size)
            for position, (name, sha256, size) in enumerate(zip(names, hashes[1:], sizes[1:], strict=True))
        ],
    )


def _series(series: Series) -> KeptSeries:
    return KeptSeries(series.description, series.plane.value, series.weighting.value, series.slices)
