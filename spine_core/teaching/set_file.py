"""One set of exercises as one file: with the de-identified files of its cases and all that was released of them."""

from __future__ import annotations

from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from spine_core.library.access import seen_case
from spine_core.library.database.schema import CaseRow, ReleasedFindingsRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import person_of
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.access import own_set
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.set_archive import write_archive
from spine_core.teaching.set_manifest import Manifest, PackedCase, PackedFile, PackedLevel, numbered


def export_set(library: Library, person: Person, set_id: str, target: BinaryIO) -> None:
    """Writes a set with its cases and answers into a ZIP; equal sets give equal bytes.

    Raises ``LibraryError`` for somebody who may not change the set, where a case of it was deleted, and where two are
    the same study, which nobody could import.
    """
    with library.database.reading() as session:
        row = own_set(session, person, set_id, lock=False)
        exercise = ExerciseSet.of(row.content)
        if len({one.study_sha256 for one in exercise.cases}) < len(exercise.cases):
            msg = "two cases of the set are the same study; take one of them out first"
            raise LibraryError(msg)
        teacher = person_of(library, row.person_id)
        cases = tuple(_packed(session, teacher, set_id, one.case_id) for one in exercise.cases)
    manifest = Manifest(numbered(exercise), cases)
    write_archive(target, manifest, manifest.hashes, library.content.get)


def _packed(session: Session, teacher: Person, set_id: str, case_id: str) -> PackedCase:
    row: CaseRow = seen_case(session, teacher, case_id)
    released = session.get(ReleasedFindingsRow, (set_id, case_id))
    findings = None if released is None else tuple(ReleasedFinding.of(one) for one in released.findings)
    files = tuple(PackedFile(one.name, one.sha256, one.nbytes) for one in row.files)
    discs = [] if row.reading is None else row.reading.discs
    return PackedCase(files, row.patient, row.weighting, row.spacing, findings, tuple(map(_level, discs)))


def _level(disc: dict[str, Any]) -> PackedLevel:
    names = ("level", "slice_index", "center_px", "posterior_px", "inter_disc_px", "caudal")
    return PackedLevel.of({name: disc[name] for name in names} | {"series": int(disc["series_uid"])})
