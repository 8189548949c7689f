from __future__ import annotations

import io
import logging
import zipfile

import numpy as np
import pytest

from spine_core.progress import Cancelled
from spine_core.study import MultiplePatientsError, SourceFile, StudyError, open_study, sources_from_path
from spine_core.study.types import Plane, Severity, Weighting
from tests.study.made import mr, random_pixels, stored, write_study


def test_a_folder_of_compressed_files_without_extension_becomes_three_series(tmp_path) -> None:
    write_study(tmp_path)
    study = open_study(sources_from_path(tmp_path))
    found = {series.uid: series for series in study.series}
    assert {uid: (one.plane, one.weighting, one.slices) for uid, one in found.items()} == {
        "1.2.3.1": (Plane.SAGITTAL, Weighting.T1, 7),
        "1.2.3.2": (Plane.SAGITTAL, Weighting.T2, 7),
        "1.2.3.3": (Plane.AXIAL, Weighting.T2, 7),
    }
    assert not study.problems
    assert [one.not_gradable for one in found.values() if one.plane is Plane.SAGITTAL] == ["", ""]
    for number in range(3):
        expected = np.stack([random_pixels(100 * number + index, 24, 24) for index in range(7)])
        assert np.array_equal(found[f"1.2.3.{number + 1}"].pixels, expected)


def test_a_zip_gives_the_same_study_as_its_folder(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    write_study(tmp_path / "in")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((tmp_path / "in").rglob("I*")):
            archive.write(file, file.relative_to(tmp_path))
    folder = open_study(sources_from_path(tmp_path / "in"))
    zipped = open_study([SourceFile("study.zip", packed.getvalue())])
    assert zipped.sha256 == folder.sha256
    assert len(zipped.series) == 3


def test_the_hash_changes_with_a_pixel_and_with_a_position() -> None:
    pixels = random_pixels(0)
    other = pixels.copy()
    other[3, 3] += 1
    hashes = {
        open_study([SourceFile("a", stored(ds))]).sha256
        for ds in (mr(), mr(pixels=other), mr((1, 0, 0)), mr(PixelSpacing=[0.7, 0.8]))
    }
    assert len(hashes) == 4
    assert open_study([SourceFile("b", stored(mr()))]).sha256 in hashes


def test_bad_files_are_named_and_the_rest_opens() -> None:
    sources = [
        SourceFile("good", stored(mr())),
        SourceFile("Jane Doe.txt", b"Findings: normal lumbar spine, no stenosis at all levels. " * 10),
        SourceFile("empty", b""),
    ]
    study = open_study(sources)
    assert len(study.series) == 1
    assert [(problem.file, problem.reason) for problem in study.problems] == [
        ("Jane Doe.txt", "it is a text file; only images are read"),
        ("empty", "it is empty"),
    ]


def test_names_never_reach_the_log_or_the_error_text(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StudyError) as error:
        open_study([SourceFile("Doe_Jane_1950.dcm", b"nothing")])
    assert error.value.file == "Doe_Jane_1950.dcm"
    assert "Doe" in error.value.sentence
    assert "Doe" not in str(error.value)
    assert "Doe" not in repr(error.value)
    assert "problem 1" in caplog.text
    assert "Doe" not in caplog.text


def test_header_values_never_reach_the_log_or_a_warning(caplog, recwarn) -> None:
    caplog.set_level(logging.DEBUG)
    data = stored(mr(EchoTime="102.7534")).replace(b"102.7534", b"Doe Jane")
    study = open_study([SourceFile("a", data)])
    assert study.series[0].weighting is Weighting.T2
    assert "Doe" not in caplog.text
    assert not recwarn.list


def test_two_patients_raise_and_either_can_be_chosen() -> None:
    sources = [
        SourceFile("a", stored(mr(pixels=random_pixels(1)))),
        SourceFile("b", stored(mr(pixels=random_pixels(2), PatientID="P2", PatientName="Roe^John"))),
    ]
    with pytest.raises(MultiplePatientsError) as error:
        open_study(sources)
    assert [one.name for one in error.value.patients] == ["Doe^Jane", "Roe^John"]
    assert "Doe" not in str(error.value)
    for number, patient in enumerate(error.value.patients, start=1):
        study = open_study(sources, patient=patient.key)
        assert study.patient == patient
        assert np.array_equal(study.series[0].pixels[0], random_pixels(number))


def test_spelling_and_empty_values_do_not_make_two_patients() -> None:
    sources = [
        SourceFile("a", stored(mr((0, 0, 0), pixels=random_pixels(1)))),
        SourceFile("b", stored(mr((4, 0, 0), pixels=random_pixels(2), PatientName="DOE JANE"))),
        SourceFile("c", stored(mr((8, 0, 0), pixels=random_pixels(3), PatientName=""))),
    ]
    assert open_study(sources).series[0].slices == 3


def test_the_users_values_are_used_where_the_header_lacks_them() -> None:
    silent = mr(EchoTime=None, RepetitionTime=None, SeriesDescription="series 3", PixelSpacing=None)
    study = open_study([SourceFile("a", stored(silent))], weighting=Weighting.T1, spacing=0.5)
    assert study.series[0].weighting is Weighting.T1
    assert study.series[0].weighting_reason == "stated by the user"
    assert study.series[0].spacing == (0.5, 0.5)
    spoken = open_study([SourceFile("a", stored(mr()))], weighting=Weighting.T1, spacing=0.5)
    assert spoken.series[0].weighting is Weighting.T2
    assert spoken.series[0].spacing == (0.7, 0.7)


@pytest.mark.parametrize(
    ("elements", "synthetic"),
    [
        ({"Manufacturer": "SpineLens", "ManufacturerModelName": "Synthetic phantom"}, True),
        ({"SeriesDescription": "SyMRI Synthetic T2"}, False),
        ({"SeriesDescription": "Synthetic T2 sag", "ImageComments": "synthetic MR"}, False),
        ({"PatientName": "Synthetic^Anna", "PatientID": "SYNTHETIC-1"}, False),
        ({}, False),
    ],
)
def test_only_this_programs_phantoms_are_synthetic(elements, synthetic) -> None:
    study = open_study([SourceFile("a", stored(mr(**elements)))])
    assert study.synthetic is synthetic
    assert study.series[0].not_gradable == ""


def test_a_secondary_capture_is_flagged_for_burned_in_text() -> None:
    capture = mr(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", ConversionType="WSD")
    series = open_study([SourceFile("a", stored(capture))]).series[0]
    assert series.not_gradable.startswith("a secondary capture")
    assert any("burned" in note.text and note.severity is Severity.WARNING for note in series.notes)


def test_cancelling_stops_between_files() -> None:
    def cancel(done: float, what: str = "") -> None:
        if done > 0:
            raise Cancelled

    sources = [SourceFile(str(n), stored(mr((4.0 * n, 0, 0), pixels=random_pixels(n)))) for n in range(40)]
    with pytest.raises(Cancelled):
        open_study(sources, progress=cancel)


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    sources = [SourceFile(str(n), stored(mr((4.0 * n, 0, 0), pixels=random_pixels(n)))) for n in range(40)]
    open_study(sources, progress=lambda done, what="": seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) >= 4


def test_a_missing_path_is_reported() -> None:
    with pytest.raises(StudyError, match="no such file"):
        sources_from_path("/nowhere/at/all")


def test_system_files_are_not_problems(tmp_path) -> None:
    write_study(tmp_path, slices=2)
    for name in ("Thumbs.db", ".DS_Store", "DICOMDIR"):
        (tmp_path / name).write_bytes(b"anything")
    assert open_study(sources_from_path(tmp_path)).problems == ()


def test_two_examinations_are_reported() -> None:
    sources = [SourceFile("a", stored(mr())), SourceFile("b", stored(mr(StudyInstanceUID="1.2.99")))]
    study = open_study(sources)
    assert len(study.series) == 2
    assert len({series.uid for series in study.series}) == 2
    assert any("several examinations" in note.text for note in study.notes)
