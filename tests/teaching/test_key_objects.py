from __future__ import annotations

import io
import shutil
import subprocess
import zipfile

import pytest
from pydicom import dcmread
from pydicom.sr.codedict import codes

from spine_core.library.cases import Description
from spine_core.library.errors import LibraryError
from spine_core.library.keeping import keep, prepare
from spine_core.library.reopening import open_case
from spine_core.phantom import build, write_study
from spine_core.study import open_study, sources_from_path
from spine_core.teaching.exercise_case import ExerciseCase
from spine_core.teaching.key_objects import export_key_objects
from spine_core.teaching.phantom_sets.case import reference_places, sagittal_t2
from spine_core.teaching.phantom_sets.specs import graded_case
from spine_core.teaching.sets import create_set
from tests.conftest import NO_VALIDATOR
from tests.teaching.making import kept_set, pure_set


@pytest.fixture
def exercise(library, teacher, tmp_path):
    """A set of one phantom with reference places, and its study."""
    phantom = build(graded_case(0))
    sources = list(sources_from_path(write_study(phantom, tmp_path, sagittal=range(6, 9), axial=())))
    prepared = prepare(library, open_study(sources), sources)
    case_id = keep(library, teacher, prepared, None, Description("Case")).case_id
    case, study = open_case(library, teacher, case_id)
    one = ExerciseCase(case_id, case.study_sha256, "Look twice.", places=reference_places(phantom, study))
    return create_set(library, teacher, pure_set(cases=(one,)), shared=True), study


def exported(library, person, set_id) -> list[bytes]:
    out = io.BytesIO()
    assert export_key_objects(library, person, set_id, out) == 1
    with zipfile.ZipFile(out) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_an_object_names_the_slices_of_the_places(library, teacher, exercise, tmp_path):
    set_id, study = exercise
    (data,) = exported(library, teacher, set_id)
    found = dcmread(io.BytesIO(data))
    series = sagittal_t2(study)
    (evidence,) = found.CurrentRequestedProcedureEvidenceSequence
    (of_series,) = evidence.ReferencedSeriesSequence
    assert of_series.SeriesInstanceUID == series.series_instance_uid
    # All places of this phantom are on the middle of three slices.
    assert [one.ReferencedSOPInstanceUID for one in of_series.ReferencedSOPSequence] == [
        series.sop_instance_uids[1]
    ]
    assert found.ConceptNameCodeSequence[0].CodeValue == codes.DCM.ForTeaching.value
    assert "Look twice." in str(found)
    assert exported(library, teacher, set_id) != []
    again = dcmread(io.BytesIO(exported(library, teacher, set_id)[0]))
    assert again.SOPInstanceUID == found.SOPInstanceUID
    _validated(data, tmp_path)


def _validated(data: bytes, folder) -> None:
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip(NO_VALIDATOR)
    path = folder / "object.dcm"
    path.write_bytes(data)
    result = subprocess.run([tool, str(path)], capture_output=True, text=True, check=False)
    lines = (result.stdout + result.stderr).splitlines()
    assert "KeyObjectSelectionDocument" in lines
    assert [line for line in lines if line.startswith("Error")] == []


def test_places_are_not_told_to_a_learner(library, anna, exercise):
    with pytest.raises(LibraryError, match="no case of the set"):
        export_key_objects(library, anna, exercise[0], io.BytesIO())


def test_images_that_are_not_dicom_have_no_key_objects(library, teacher):
    set_id = create_set(library, teacher, kept_set(library, teacher))
    with pytest.raises(LibraryError):
        export_key_objects(library, teacher, set_id, io.BytesIO())
