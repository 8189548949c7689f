"""The slices of a set's reference places as DICOM Key Object Selections (PS3.3 A.35.4, TID 2010), one per case."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from spine_core.library.cases import case_files
from spine_core.library.errors import LibraryError
from spine_core.library.people import person_of
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.exercise_case import ExerciseCase
from spine_core.teaching.sets import get_set

MANUFACTURER = "SpineLens"
SERIES_NUMBER = 9000
"""Above the numbers of scanners."""

NOTHING = "no case of the set has DICOM images with a reference place"


def export_key_objects(library: Library, person: Person, set_id: str, target: BinaryIO) -> int:
    """Writes a ZIP with one object per case that has places on DICOM slices, and returns how many.

    They refer to the de-identified images that the library keeps. Raises ``LibraryError`` where the set is somebody
    else's, whose places are not told, and where there is no such slice.
    """
    stored = get_set(library, person, set_id)
    teacher = person_of(library, stored.owner)
    count = 0
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for number, case in enumerate(stored.exercise.cases, 1):
            found = list(_referenced(library, teacher, case))
            if found:
                data = _document(found, case)
                archive.writestr(ZipInfo(f"case-{number:03d}.dcm"), data)
                count += 1
    if not count:
        raise LibraryError(NOTHING)
    return count


def _referenced(library: Library, teacher: Person, case: ExerciseCase) -> Iterator[Dataset]:
    """The headers of the slices with places, each once."""
    if not case.places:
        return
    _, study = open_case(library, teacher, case.case_id)
    series = {one.uid: one for one in study.series}
    wanted = {
        series[one.series_uid].sop_instance_uids[one.slice_index]
        for one in case.places
        if one.series_uid in series and one.slice_index < series[one.series_uid].slices
    }
    for file in case_files(library, teacher, case.case_id):
        if not file.name.endswith(".dcm"):
            continue
        with file.open() as opened:
            dataset = dcmread(opened, stop_before_pixels=True)
        if str(dataset.get("SOPInstanceUID")) in wanted:
            # A pseudonym is no family name by itself; a caret says that it is meant (PS3.5 6.2.1.2).
            dataset.PatientName = f"{str(dataset.get('PatientName', '')).rstrip('^')}^"
            yield dataset


def _document(referenced: list[Dataset], case: ExerciseCase) -> bytes:
    # Only who exports needs it, and it takes a second to import.
    from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
    from pydicom.sr.codedict import codes

    content = KeyObjectSelection(
        document_title=codes.DCM.ForTeaching,
        referenced_objects=referenced,
        description=case.learning_point or None,
    )
    document = KeyObjectSelectionDocument(
        evidence=referenced,
        content=content,
        series_instance_uid=_uid(case, "series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=_uid(case, "object"),
        instance_number=1,
        manufacturer=MANUFACTURER,
    )
    out = io.BytesIO()
    document.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _uid(case: ExerciseCase, purpose: str) -> str:
    """Equal for equal cases, so that an archive that has the object already does not get it twice."""
    places = sorted(f"{one.series_uid} {one.slice_index}" for one in case.places)
    return str(generate_uid(entropy_srcs=["SpineLens key objects", purpose, case.study_sha256, *places]))
