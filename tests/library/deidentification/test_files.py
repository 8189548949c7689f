"""Whole uploads: what is kept, under which names, and that it reads as the same study."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from spine_core.library.deidentification import check_reads_alike, deidentify_files
from spine_core.library.errors import DeidentificationError, LibraryError
from spine_core.progress import Cancelled
from spine_core.study import SourceFile, open_study
from spine_core.study.errors import MultiplePatientsError, StudyError
from spine_core.study.sources import sources_from_path
from tests.library.deidentification.made import SECRET, WORD
from tests.study.made import AXIAL, mr, random_pixels, stored, write_study
from tests.study.made_archives import tarred, zipped

PYDICOM = Path(pydicom.__file__).parent / "data"
REPORT = "1.2.840.10008.5.1.4.1.1.88.11"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"


def kept_of(sources, **options):
    """De-identifies and checks that the result reads alike."""
    kept = deidentify_files(sources, SECRET)
    check_reads_alike(open_study(sources, **options), open_study(kept.files, **options))
    return kept


def slices(count: int = 5, **elements: object) -> list[SourceFile]:
    return [
        SourceFile(
            f"{WORD}/I{at}",
            stored(mr((4.0 * at, 0, 0), pixels=random_pixels(at), InstanceNumber=at + 1, **elements)),
        )
        for at in range(count)
    ]


def test_the_demonstration_study_reads_as_before(demo_folder):
    kept = kept_of(sources_from_path(demo_folder))
    assert len(kept.files) == 45
    assert not kept.left_out
    assert open_study(kept.files).synthetic


def test_a_shuffled_compressed_study_reads_as_before(tmp_path):
    write_study(tmp_path)
    assert len(kept_of(sources_from_path(tmp_path)).files) == 21


@pytest.mark.slow
def test_every_example_of_pydicom_that_opens_reads_as_before():
    opened, wrong = 0, []
    for path in sorted(PYDICOM.rglob("*")):
        if not path.is_file() or path.suffix == ".py":
            continue
        try:
            open_study([SourceFile(path.name, path)])
        except StudyError:
            continue
        opened += 1
        try:
            kept_of([SourceFile(path.name, path)])
        except LibraryError as error:
            wrong.append(f"{path.name}: {error}")
    assert not wrong
    assert opened > 50


def test_every_case_of_the_collection_reads_as_before(data_dir):
    folder = data_dir.parent / "cases"
    paths = sorted(path for path in folder.glob("*") if path.suffix in (".zip", ".gz"))
    for path in paths:
        assert kept_of(sources_from_path(path)).files
    assert len(paths) >= 6 or not folder.is_dir()


@pytest.mark.slow
def test_real_stacks_read_as_before(data_dir):
    folders = sorted((data_dir / "spider_space" / "images").iterdir())[:40]
    kept = kept_of(sources_from_path(data_dir / "t2_lumbar.nii.gz"))
    assert kept.files[0].name == "0001.nii.gz"
    pictures = [SourceFile(path.name, path) for path in folders if path.suffix == ".png"]
    assert len(kept_of(pictures).files) == len(pictures) > 10


def test_names_are_neutral_and_in_order():
    kept = kept_of(slices())
    assert [file.name for file in kept.files] == [f"{number:04}.dcm" for number in range(1, 6)]
    assert kept.patient_id.startswith("SL-")
    assert not [file for file in kept.files if WORD.encode() in file.data]


@pytest.mark.parametrize("archive", [zipped, tarred])
def test_archives_are_unpacked(archive):
    sources = slices()
    packed = archive([(source.name, source.data) for source in sources])
    kept = kept_of([SourceFile(f"{WORD}.zip", packed)])
    assert [file.data for file in kept.files] == [
        file.data for file in deidentify_files(sources, SECRET).files
    ]


def test_repetitions_that_only_their_folders_tell_apart_stay_apart():
    sources = [
        SourceFile(f"{WORD} {part}/I{at}", stored(mr((4.0 * at, 0, 0), pixels=random_pixels(10 * part + at))))
        for at in range(4)
        for part in range(2)
    ]
    assert len(open_study(sources).series) == 2
    kept = kept_of(sources)
    assert {file.name.partition("/")[0] for file in kept.files} == {"1", "2"}


def test_reports_documents_and_text_are_left_out_and_counted():
    report, pdf = mr(SOPClassUID=REPORT), mr(SOPClassUID=PDF)
    for ds in (report, pdf):
        del ds.PixelData, ds.Rows, ds.Columns
    pdf.EncapsulatedDocument = b"%PDF-1.4 " + WORD.encode()
    others = [
        SourceFile("report", stored(report)),
        SourceFile("document", stored(pdf)),
        SourceFile("readme.txt", WORD.encode() * 9),
    ]
    kept = kept_of([*others, *slices()])
    assert len(kept.files) == 5
    assert kept.left_out == 3


def test_of_several_patients_the_chosen_one_is_kept():
    sources = [*slices(4), *slices(3, PatientID="P2", PatientName="Roe^John", SeriesInstanceUID="1.9")]
    with pytest.raises(MultiplePatientsError) as refused:
        deidentify_files(sources, SECRET)
    keys = [patient.key for patient in refused.value.patients]
    first, second = (deidentify_files(sources, SECRET, patient=key) for key in keys)
    assert (len(first.files), first.left_out) == (4, 3)
    assert (len(second.files), second.left_out) == (3, 4)
    assert first.patient_id != second.patient_id
    check_reads_alike(open_study(sources, patient=keys[1]), open_study(second.files))


def test_a_patient_has_one_pseudonym_in_all_uploads():
    one, other = slices(2), slices(3, StudyInstanceUID="1.7", SeriesInstanceUID="1.8")
    found = [deidentify_files(sources, SECRET) for sources in (one, other)]
    assert found[0].patient_id == found[1].patient_id
    assert found[0].files != found[1].files
    assert deidentify_files(one, b"another secret of it").patient_id != found[0].patient_id


def test_removed_attributes_are_counted():
    kept = deidentify_files(slices(5, PatientComments=WORD, StudyDescription=WORD), SECRET)
    assert kept.removed["PatientComments"] == 5
    assert kept.removed["StudyDescription"] == 5
    assert "EchoTime" not in kept.removed


def test_pictures_are_kept_with_a_warning():
    pixels = (random_pixels(1, 300, 300) // 8).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    kept = kept_of([SourceFile(f"{WORD}.jpg", file.getvalue())], spacing=0.5)
    assert [file.name for file in kept.files] == ["0001.png"]
    assert len(kept.warnings) == 1


def test_without_an_image_there_is_nothing_to_keep():
    with pytest.raises(DeidentificationError, match="no image"):
        deidentify_files([SourceFile("a.txt", b"text " * 50)], SECRET)


def test_progress_grows_to_one_and_a_cancel_stops_the_work():
    seen = []
    deidentify_files(slices(), SECRET, progress=lambda done, what="": seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(done: float, what: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        deidentify_files(slices(), SECRET, progress=cancel)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"plane": "axial"}, "plane"),
        ({"weighting": "t1"}, "weighting"),
        ({"not_gradable": "a localizer"}, "not_gradable"),
        ({"window": (1.0, 2.0)}, "window"),
        ({"contrast_enhanced": True}, "contrast_enhanced"),
        ({"spacing": (1.0, 1.0)}, "spacing"),
    ],
)
def test_a_series_that_reads_differently_is_refused(change, words):
    study = open_study(slices())
    other = replace(study, series=(replace(study.series[0], **change),))
    with pytest.raises(DeidentificationError, match=words):
        check_reads_alike(study, other)


def test_other_pixels_or_fewer_series_are_refused():
    study = open_study(
        [*slices(), SourceFile("axial", stored(mr(orientation=AXIAL, SeriesInstanceUID="1.9")))]
    )
    with pytest.raises(DeidentificationError, match="pixels or geometry"):
        check_reads_alike(study, replace(study, sha256="0"))
    with pytest.raises(DeidentificationError, match="1 series instead of 2"):
        check_reads_alike(study, replace(study, series=study.series[:1]))
