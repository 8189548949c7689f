"""The slices of a set's reference places as DICOM Key Object Selections, one per case."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.key_objects import SERIES_NUMBER, selection
from spine_core.dicom_objects.references import name_sources
from spine_core.dicom_objects.sources import source_images
from spine_core.dicom_objects.types import SourceImage
from spine_core.library.cases import case_files
from spine_core.library.errors import LibraryError
from spine_core.library.people import person_of
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.exercise_case import ExerciseCase
from spine_core.teaching.sets import get_set

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
            found = _referenced(library, teacher, case)
            if found:
                data = _document(found, case)
                archive.writestr(ZipInfo(f"case-{number:03d}.dcm"), data)
                count += 1
    if not count:
        raise LibraryError(NOTHING)
    return count


def _referenced(library: Library, teacher: Person, case: ExerciseCase) -> tuple[SourceImage, ...]:
    """The slices with places, each once; none where the case is not of DICOM files."""
    if not case.places:
        return ()
    _, study = open_case(library, teacher, case.case_id)
    series = {one.uid: one for one in study.series}
    wanted = [
        (one.series_uid, one.slice_index)
        for one in case.places
        if one.series_uid in series and one.slice_index < series[one.series_uid].slices
    ]
    try:
        found = source_images(study, case_files(library, teacher, case.case_id), wanted)
    except DicomObjectError:
        return ()
    for image in found.values():
        # A pseudonym is no family name by itself; a caret says that it is meant (PS3.5 6.2.1.2).
        image.header.PatientName = f"{str(image.header.PatientName).rstrip('^')}^"
    return tuple(found.values())


def _document(referenced: tuple[SourceImage, ...], case: ExerciseCase) -> bytes:
    identifiers: Mapping[str, str | int] = {
        "series_instance_uid": _uid(case, "series"),
        "series_number": SERIES_NUMBER,
        "sop_instance_uid": _uid(case, "object"),
        "instance_number": 1,
    }
    document = selection(referenced, codes.DCM.ForTeaching, identifiers, description=case.learning_point)
    out = io.BytesIO()
    name_sources(document, referenced)
    document.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _uid(case: ExerciseCase, purpose: str) -> str:
    """Equal for equal cases, so that an archive that has the object already does not get it twice."""
    places = sorted(f"{one.series_uid} {one.slice_index}" for one in case.places)
    return str(generate_uid(entropy_srcs=["SpineLens key objects", purpose, case.study_sha256, *places]))
