from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.uid import UID

from spine_core import DISCLAIMER
from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.objects import ALL, make_objects, unavailable
from spine_core.dicom_objects.registry import KINDS
from spine_core.dicom_objects.types import ObjectInput
from spine_core.grading.types import Reading
from spine_core.progress import Cancelled
from spine_core.report import editing
from spine_core.report.draft import draft, with_patient
from spine_core.report.key_images import slice_image
from spine_core.study import SourceFile, open_study
from spine_core.study.nifti.write import slice_nifti
from tests.dicom_objects.making import GRADER, TIME, changed, multi_frame, one_disc
from tests.dicom_objects.tools import errors
from tests.study.made import mr, random_pixels, stored


def read(one) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(one.to_bytes()))


def elements(dataset) -> list[pydicom.DataElement]:
    return [element for element in dataset.iterall() if element.VR != "SQ"]


def uids(dataset) -> set[str]:
    return {str(one.value) for one in elements(dataset) if one.VR == "UI"}


def test_every_kind_is_made_and_read_back_as_it_was_made(every):
    objects = make_objects(every.material, every.sources)
    assert Counter(one.kind for one in objects) == {"sr": 1, "seg": 1, "map": 1, "keys": 1, "sc": 2, "pdf": 1}
    for one in objects:
        assert read(one) == one.dataset, one.kind


def test_dciodvfy_finds_no_error_that_the_source_does_not_have(every, tmp_path):
    source = next(one for one in every.sources if one.name.endswith(("0008.dcm", "oblique/1", "enhanced")))
    with source.open() as file:
        there = errors(file.read(), tmp_path)
    for one in make_objects(every.material, every.sources):
        assert not errors(one.to_bytes(), tmp_path) - there, one.kind


def test_objects_belong_to_the_patient_and_the_study_of_the_source(every):
    with every.sources[0].open() as file:
        source = pydicom.dcmread(file, stop_before_pixels=True)
    keywords = ["PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate",
                "StudyTime", "StudyID", "AccessionNumber"]  # fmt: skip
    for one in make_objects(every.material, every.sources):
        dataset = read(one)
        for keyword in keywords:
            assert dataset[keyword].value == source[keyword].value, (one.kind, keyword)
        assert dataset.SeriesInstanceUID != source.SeriesInstanceUID
        assert int(dataset.SeriesNumber) >= 9000


def test_every_object_says_that_it_is_research_and_synthetic(demo):
    for one in make_objects(demo.material, demo.sources):
        dataset = read(one)
        assert "research" in dataset.SeriesDescription
        assert "not a diagnosis" in dataset.SeriesDescription
        assert dataset.SeriesDescription.endswith("SYNTHETIC")
        if one.kind in ("sr", "map", "keys", "sc"):
            texts = [str(element.value) for element in elements(dataset) if element.VR in ("UT", "LT", "ST")]
            assert any(DISCLAIMER in text and "SYNTHETIC" in text for text in texts), one.kind


def test_a_study_of_a_person_is_not_called_synthetic(oblique_mr):
    for one in make_objects(oblique_mr.material, oblique_mr.sources):
        assert b"SYNTHETIC" not in one.to_bytes()


def test_labels_and_kinds_hold_nothing_of_the_patient(oblique_mr):
    objects = make_objects(oblique_mr.material, oblique_mr.sources)
    told = " ".join([*(one.label for one in objects), *map(repr, objects)])
    assert "Doe" not in told
    assert "P1" not in told


def test_two_calls_make_other_instances_of_equal_content(demo):
    first, second = (make_objects(demo.material, demo.sources) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert one.dataset.SOPInstanceUID != other.dataset.SOPInstanceUID
        assert one.dataset.SeriesInstanceUID != other.dataset.SeriesInstanceUID
        # Identifiers, and the length of the file's own header, which holds one, may differ.
        own, others = (
            re.sub(r"(?<=UI: )\S+|\(0002,0000\).*", "", str(each.dataset)) for each in (one, other)
        )
        assert own == others, one.kind


def test_all_identifiers_are_valid_and_those_of_the_source_lead_to_it(every):
    instances = {uid for series in every.study.series for uid in series.sop_instance_uids}
    for one in make_objects(every.material, every.sources):
        dataset = read(one)
        assert all(UID(uid).is_valid for uid in uids(dataset))
        refers = {str(each.value) for each in elements(dataset) if each.keyword == "ReferencedSOPInstanceUID"}
        assert refers <= instances
        assert bool(refers) == (one.kind != "pdf"), one.kind


def test_the_time_is_the_given_one(demo):
    for one in make_objects(demo.material, demo.sources):
        dataset = one.dataset
        assert (dataset.InstanceCreationDate, dataset.InstanceCreationTime) == ("20261201", "143005")
        assert (dataset.ContentDate, dataset.ContentTime) == ("20261201", "143005") or one.kind == "sc"
    assert TIME.strftime("%Y%m%d%H%M%S") == "20261201143005"


def test_kinds_that_cannot_be_made_say_why(oblique_mr):
    found = oblique_mr.material
    assert unavailable(found) == {}
    bare = replace(found.report, key_images=())
    nothing = replace(found.reading, anatomies=(), findings=())
    assert unavailable(changed(oblique_mr, report=bare, explanations=(), reading=nothing)) == {
        "sr": "the reading has no findings",
        "seg": "nothing was segmented",
        "map": "no explanation was made",
        "keys": "the report has no key image",
        "sc": "the report has no key image",
    }
    with pytest.raises(DicomObjectError, match=r"Segmentation .* cannot be made: nothing was segmented"):
        make_objects(changed(oblique_mr, reading=nothing), oblique_mr.sources, ["seg"])
    with pytest.raises(KeyError):
        make_objects(found, oblique_mr.sources, ["no such kind"])


def test_images_without_position_have_reports_and_no_outlines(tmp_path):
    sources = [SourceFile("a", stored(mr((0, 0, 0), FrameOfReferenceUID=None))),
               SourceFile("b", stored(mr((4, 0, 0), pixels=random_pixels(1), FrameOfReferenceUID=None)))]  # fmt: skip
    found = one_disc(sources)
    assert set(unavailable(found.material)) == {"seg", "map"}
    assert "frame of reference" in unavailable(found.material)["seg"]
    assert len(make_objects(found.material, sources, ["sr", "keys", "sc", "pdf"])) == 5


def test_a_frame_of_reference_that_only_the_reader_assumes_is_not_written():
    sources = [SourceFile(str(x), stored(mr((x, 0, 0), pixels=random_pixels(x), FrameOfReferenceUID=None)))
               for x in (0, 4)]  # fmt: skip
    found = one_disc(sources)
    placed = replace(found.study.series[0], frame_of_reference_uid="1.2.3.9")
    study = replace(found.study, series=(placed,))
    with pytest.raises(DicomObjectError, match="no position in the patient"):
        make_objects(changed(found, study=study), sources, ["seg"])


def test_files_that_are_not_dicom_are_refused_in_one_sentence(oblique_mr):
    series = oblique_mr.study.series[0]
    sources = [SourceFile("scan.nii.gz", slice_nifti(series.pixels[1].astype(np.float32), series, 1))]
    study = open_study(sources)
    reading = replace(oblique_mr.material.reading, discs=(), images={}, anatomies=())
    report = replace(oblique_mr.material.report, key_images=())
    given = replace(oblique_mr.material, study=study, reading=reading, report=report, explanations=())
    assert "not DICOM files" in unavailable(given)["sr"]
    assert "not DICOM files" in unavailable(given)["pdf"]
    with pytest.raises(DicomObjectError, match="not DICOM files"):
        make_objects(given, sources, ["pdf"])


def test_images_without_instance_uid_are_refused():
    sources = [SourceFile(str(x), stored(mr((x, 0, 0), pixels=random_pixels(x)))) for x in (0, 4)]
    found = one_disc(sources)
    bare = replace(found.study.series[0], sop_instance_uids=(None, None))
    given = changed(found, study=replace(found.study, series=(bare,)))
    assert "no SOP Instance UID" in unavailable(given)["seg"]
    with pytest.raises(DicomObjectError, match="no SOP Instance UID"):
        make_objects(given, sources, ["seg"])


def test_files_that_are_gone_are_said(oblique_mr):
    with pytest.raises(DicomObjectError, match="can no longer be read"):
        make_objects(oblique_mr.material, oblique_mr.sources[:1], ["sr"])


def test_a_cancel_stops_the_work(demo):
    told: list[float] = []

    def stop(done: float, what: str = "") -> None:
        told.append(done)
        if done > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        make_objects(demo.material, demo.sources, progress=stop)
    assert told == sorted(told)


def test_progress_ends_with_all(demo):
    told: list[float] = []
    make_objects(demo.material, demo.sources, progress=lambda done, what="": told.append(done))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > len(ALL)


HOSTILE = {
    "PatientBirthDate": "around 1970", "PatientSex": "unknown", "StudyDate": "2026-13-77", "StudyTime": "noon",
    "PatientAge": "fifty", "PatientWeight": None, "StudyID": "x" * 40,
}  # fmt: skip


# pydicom warns of each value that the test writes.
@pytest.mark.filterwarnings("ignore:Invalid value:UserWarning", "ignore:A value of type:UserWarning")
@pytest.mark.filterwarnings("ignore:The value length:UserWarning")
def test_values_that_are_none_of_their_kind_are_left_out(tmp_path):
    def image(x: int) -> SourceFile:
        dataset = mr((x, 0, 0), pixels=random_pixels(x))
        for keyword, value in HOSTILE.items():
            element = pydicom.DataElement(pydicom.datadict.tag_for_keyword(keyword), "LO", value)
            element.VR = pydicom.datadict.dictionary_VR(keyword)
            dataset.add(element)
        return SourceFile(str(x), stored(dataset))

    sources = [image(0), image(4)]
    found = one_disc(sources)
    for one in make_objects(found.material, sources):
        dataset = read(one)
        empty = ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime")
        assert [str(dataset[keyword].value or "") for keyword in empty] == [""] * 4
        assert dataset.PatientID == "P1"


def test_names_in_any_alphabet_and_texts_with_umlauts_are_written_as_unicode():
    name = "Müller^Jürgen"
    sources = [
        SourceFile(str(x), stored(mr((x, 0, 0), pixels=random_pixels(x), SpecificCharacterSet="ISO_IR 100",
                                     PatientName=name, StudyDescription="Lendenwirbelsäule")))
        for x in (0, 4)
    ]  # fmt: skip
    found = one_disc(sources)
    report = editing.add_sentence(found.material.report, "L4/L5", "Keine Einengung – 日本語 geprüft.")
    for one in make_objects(changed(found, report=report), sources):
        dataset = read(one)
        assert dataset.SpecificCharacterSet == "ISO_IR 192"
        assert str(dataset.PatientName) == name
        assert dataset.StudyDescription == "Lendenwirbelsäule"
        texts = [str(element.value) for element in elements(dataset) if element.VR == "UT"]
        assert any("日本語 geprüft" in text for text in texts) == (one.kind == "sr")


def test_directions_that_differ_by_rounding_become_those_of_the_series():
    def image(x: int, tilt: float) -> SourceFile:
        orientation = [0, 1, 0, 0, f"{tilt:.6f}", -1]
        return SourceFile(str(x), stored(mr((x, 0, 0), orientation, random_pixels(x))))

    sources = [image(0, 0.0), image(4, 0.0002)]
    found = one_disc(sources)
    (made,) = make_objects(found.material, sources, ["seg"])
    groups = made.dataset.SharedFunctionalGroupsSequence[0]
    geometry = found.study.series[0].geometry
    expected = [*geometry.row_direction, *geometry.column_direction]
    assert groups.PlaneOrientationSequence[0].ImageOrientationPatient == pytest.approx(expected, abs=1e-9)


def test_a_private_sop_class_is_no_obstacle():
    private = "1.2.840.113619.4.2"
    sources = [SourceFile(str(x), stored(mr((x, 0, 0), pixels=random_pixels(x), SOPClassUID=private)))
               for x in (0, 4)]  # fmt: skip
    found = one_disc(sources)
    for one in make_objects(found.material, sources):
        if one.kind != "pdf":
            classes = {str(e.value) for e in elements(one.dataset) if e.keyword == "ReferencedSOPClassUID"}
            assert classes == {private}, one.kind


def test_references_to_a_multi_frame_object_name_its_frames(enhanced_mr):
    """The second slice lies at 4 mm, which is the third frame of the file."""
    (uid,) = set(enhanced_mr.study.series[0].sop_instance_uids)
    assert enhanced_mr.study.series[0].frame_numbers == (2, 3, 1)
    by_kind = {one.kind: one.dataset for one in make_objects(enhanced_mr.material, enhanced_mr.sources)}
    frames = by_kind["seg"].PerFrameFunctionalGroupsSequence
    found = {
        float(frame.PlanePositionSequence[0].ImagePositionPatient[0]):
        int(frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber)
        for frame in frames
    }  # fmt: skip
    assert found == {0.0: 2, 4.0: 3}
    for kind in ("seg", "map", "sr", "keys", "sc"):
        listed = [each for each in elements(by_kind[kind]) if each.keyword == "ReferencedSOPInstanceUID"]
        assert {str(each.value) for each in listed} == {uid}
    (whole,) = by_kind["seg"].ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert "ReferencedFrameNumber" not in whole
    (image,) = by_kind["seg"].SourceImageSequence
    assert list(image.ReferencedFrameNumber) == [2, 3]
    (evidence,) = by_kind["keys"].CurrentRequestedProcedureEvidenceSequence
    assert len(evidence.ReferencedSeriesSequence[0].ReferencedSOPSequence) == 1


def test_an_archive_is_read_again_too(tmp_path):
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("scan/enhanced.dcm", multi_frame()[0].open().read())
    sources = [SourceFile("study.zip", packed.getvalue())]
    found = one_disc(sources)
    assert len(make_objects(found.material, sources)) == 7


def test_a_report_with_the_patients_facts_marks_its_document(oblique_mr):
    facts = with_patient(oblique_mr.material.report, oblique_mr.study, shown=True)
    marks = [
        make_objects(changed(oblique_mr, report=report), oblique_mr.sources, ["pdf"])[
            0
        ].dataset.BurnedInAnnotation
        for report in (oblique_mr.material.report, facts)
    ]
    assert marks == ["NO", "YES"]


def test_a_mosaic_has_key_images_and_a_document():
    mosaic = mr((0, 0, 0), ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"])
    sources = [SourceFile("mosaic", stored(mosaic))]
    study = open_study(sources)
    assert "mosaic" in study.series[0].not_gradable
    reading = Reading(study.sha256, GRADER, GRADER, (), ())
    report = draft(study, reading)
    report = editing.add_key_image(report, slice_image(study, study.series[0].uid, 0))
    given = ObjectInput(study, reading, report)
    assert set(unavailable(given)) == {"sr", "seg", "map"}
    objects = make_objects(given, sources, ["keys", "sc", "pdf"])
    assert [one.kind for one in objects] == ["keys", "sc", "pdf"]


def test_a_folder_with_all_objects_next_to_its_images_opens(every):
    objects = make_objects(every.material, every.sources)
    added = [SourceFile(f"objects/{n}.dcm", one.to_bytes()) for n, one in enumerate(objects)]
    study = open_study([*every.sources, *added])
    assert study.problems == ()
    uids = [one.uid for one in every.study.series]
    assert [one.uid for one in study.series][: len(uids)] == uids
    assert all(one.not_gradable for one in study.series[len(uids) :])
    assert {one.file: one.sop_instance_uid for one in study.objects} == {
        f"objects/{n}.dcm": str(one.dataset.SOPInstanceUID)
        for n, one in enumerate(objects) if one.kind in ("sr", "seg", "keys", "pdf")
    }  # fmt: skip


def test_kinds_have_names_of_their_own():
    assert len(set(ALL)) == len(KINDS)
