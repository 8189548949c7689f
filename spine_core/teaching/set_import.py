"""A set file of somebody else becomes a set of a teacher here, with its cases and all that was released of them."""

from __future__ import annotations

from dataclasses import replace

from spine_core.anatomy.types import Disc, Source
from spine_core.grading.types import Reading
from spine_core.library.cases import LONGEST_TITLE, Description
from spine_core.library.deidentification.files import DeidentifiedFiles
from spine_core.library.deidentification.method import is_marked_as_deidentified
from spine_core.library.errors import LibraryError
from spine_core.library.keeping import Prepared, Stated, keep
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.study.errors import MultiplePatientsError, StudyError, Unreadable
from spine_core.study.limits import OverLimit
from spine_core.study.loader import open_study
from spine_core.study.sources import SourceFile
from spine_core.study.types import Study, Weighting
from spine_core.teaching.map_check import check_map
from spine_core.teaching.set_archive import SetArchive
from spine_core.teaching.set_manifest import NO_SET_FILE, PackedCase
from spine_core.teaching.sets import may_make_sets
from spine_core.teaching.stored_set import store_complete_set
from spine_core.weights import ModelId

OF_FILE = ModelId("levels of a set file", "1", "")
"""Who says where the discs are."""

IMPORTED = "imported exercise"
"""Tag of the cases that an import kept."""


def import_set(library: Library, person: Person, source: SourceFile) -> str:
    """The id of a new set of ``person``, made from a set file. Cases that ``person`` keeps already are not kept twice.

    The files of its cases are kept as they are: they are de-identified, and DICOM files must say so. Raises
    ``LibraryError`` unless teachers or administrators ask, and for a file that is not what its manifest says; cases
    that were kept before this was found out stay.
    """
    with library.database.reading() as session:
        may_make_sets(session, person)
    archive = SetArchive.open(source)
    _check_content(archive)
    exercise = archive.manifest.exercise
    case_ids = []
    for number, (case, packed) in enumerate(zip(exercise.cases, archive.manifest.cases, strict=True), 1):
        prepared = _prepared(archive, packed, case.study_sha256)
        title = f"{exercise.title[: LONGEST_TITLE - 20]}: case {number}"
        levels = _levels(packed, prepared.study)
        kept = keep(library, person, prepared, levels, Description(title, tags=(IMPORTED,)))
        case_ids.append(kept.case_id)
    cases = tuple(replace(one, case_id=new) for one, new in zip(exercise.cases, case_ids, strict=True))
    return store_complete_set(
        library,
        person,
        replace(exercise, cases=cases),
        [packed.findings for packed in archive.manifest.cases],
        archive.manifest.map_hashes,
        archive.content,
    )


def _check_content(archive: SetArchive) -> None:
    """Before anything is kept: all content has its hash, files their sizes, and maps are maps."""
    for packed in archive.manifest.cases:
        for file in packed.files:
            if len(archive.content(file.sha256)) != file.nbytes:
                raise LibraryError(NO_SET_FILE)
        for finding in packed.findings or ():
            for sha256 in finding.maps.values():
                assert finding.view is not None
                check_map(archive.content(sha256), finding.view.size)


def _prepared(archive: SetArchive, packed: PackedCase, study_sha256: str) -> Prepared:
    files = tuple(SourceFile(one.name, archive.content(one.sha256)) for one in packed.files)
    stated = Stated(None if packed.weighting is None else Weighting(packed.weighting), packed.spacing)
    study = _opened(files, stated)
    if study.sha256 != study_sha256:
        msg = "this version of SpineLens reads a case of the set differently from the one that wrote the file"
        raise LibraryError(msg)
    deidentified = DeidentifiedFiles(files, packed.patient, warnings=(), removed={}, left_out=0)
    return Prepared(study, study, deidentified, stated)


def _levels(packed: PackedCase, study: Study) -> Reading | None:
    """A reading that names the discs and says nothing else; None where the file says nothing of them."""
    if not packed.levels:
        return None
    if not all(
        one.series < len(study.series) and one.slice_index < study.series[one.series].slices
        for one in packed.levels
    ):
        raise LibraryError(NO_SET_FILE)
    discs = tuple(
        Disc(
            one.level, study.series[one.series].uid, one.slice_index, _pair(one.center_px), _pair(one.posterior_px),
            None, one.inter_disc_px, _pair(one.caudal), confidence=1.0, source=Source.READER,
        )
        for one in packed.levels
    )  # fmt: skip
    return Reading(study.sha256, OF_FILE, OF_FILE, discs, ())


def _pair(values: tuple[float, ...]) -> tuple[float, float]:
    first, second = values
    return first, second


def _opened(files: tuple[SourceFile, ...], stated: Stated) -> Study:
    try:
        study = open_study(files, weighting=stated.weighting, spacing=stated.spacing)
        marked = all(is_marked_as_deidentified(_bytes(one)) for one in files)
    except (StudyError, MultiplePatientsError, Unreadable, OverLimit):
        msg = "a case of the set cannot be opened"
        raise LibraryError(msg) from None
    if not marked:
        msg = "a case of the set does not say that it is de-identified, so nothing of it was kept"
        raise LibraryError(msg)
    return study


def _bytes(file: SourceFile) -> bytes:
    with file.open() as opened:
        return opened.read()
