from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pydicom
import pytest
from highdicom.sr import Comprehensive3DSR

from spine_core.anatomy.outline_edits import outline_edit
from spine_core.anatomy.types import Structure
from spine_core.dicom_objects.codes import CONDITION_CODES, DISCS
from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.objects import make_objects
from spine_core.dicom_objects.read_report import read_report
from spine_core.dicom_objects.report_rows import FREE_TEXT, ReadGrade
from spine_core.report import editing
from spine_core.report.approval import amend, approve
from spine_core.report.draft import draft
from spine_core.report.types import IMPRESSION, NOT_ASSESSED
from tests.dicom_objects.making import GRADER, SEGMENTER, changed
from tests.dicom_objects.tools import run
from tests.report.making import review

APPROVED = datetime(2026, 12, 2, 9, 8, 7, tzinfo=UTC)


def made(found, **changes):
    (one,) = make_objects(changed(found, **changes), found.sources, ["sr"])
    return one


@pytest.fixture(scope="module")
def reviews():
    return (
        review("L4/L5", "pfirrmann", "changed", "3")
        | review("L4/L5", "herniation", "accepted")
        | review("L4/L5", "spondylolisthesis", "rejected")
    )


@pytest.fixture(scope="module")
def decided(demo, reviews):
    """A report with the reader's decisions, and its object."""
    report = draft(demo.study, demo.material.reading, reviews)
    report = editing.add_sentence(report, "L4/L5", "Für mich ein Prolaps.")
    return made(demo, report=report, reviews=reviews)


def shown(one, tmp_path) -> str:
    """The text of the object as DCMTK renders it."""
    path = tmp_path / "report.dcm"
    path.write_bytes(one.to_bytes())
    html = run("dsr2html", path)
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", html))


def test_a_draft_is_partial_unverified_and_preliminary(demo):
    dataset = made(demo).dataset
    flags = dataset.CompletionFlag, dataset.VerificationFlag, dataset.PreliminaryFlag
    assert flags == ("PARTIAL", "UNVERIFIED", "PRELIMINARY")
    assert "VerifyingObserverSequence" not in dataset
    assert "PredecessorDocumentsSequence" not in dataset


def test_an_approved_report_is_complete_and_names_who_verified_it_and_when(demo):
    report = approve(demo.material.report, "Anna Müller", APPROVED)
    dataset = made(demo, report=report).dataset
    flags = dataset.CompletionFlag, dataset.VerificationFlag, dataset.PreliminaryFlag
    assert flags == ("COMPLETE", "VERIFIED", "FINAL")
    (observer,) = dataset.VerifyingObserverSequence
    assert str(observer.VerifyingObserverName) == "Anna Müller^"
    assert observer.VerificationDateTime == "20261202090807+0000"


def test_an_amendment_refers_to_the_report_that_it_replaces(demo):
    first = approve(demo.material.report, "Anna", APPROVED)
    before = made(demo, report=first).dataset
    second = approve(amend(first, "a level was wrong"), "Anna", APPROVED)
    after = made(demo, report=second, previous=before).dataset
    assert after.SOPInstanceUID != before.SOPInstanceUID
    assert (before.InstanceNumber, after.InstanceNumber) == (1, 2)
    (study,) = after.PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    (instance,) = series.ReferencedSOPSequence
    assert study.StudyInstanceUID == before.StudyInstanceUID
    assert series.SeriesInstanceUID == before.SeriesInstanceUID
    assert instance.ReferencedSOPInstanceUID == before.SOPInstanceUID
    assert instance.ReferencedSOPClassUID == before.SOPClassUID
    without = made(demo, report=second).dataset
    assert "PredecessorDocumentsSequence" not in without


def test_groups_follow_the_template_by_an_independent_parser(decided):
    """highdicom's own parser of TID 1500 finds groups by finding site, with grades and measurements."""
    parsed = Comprehensive3DSR.from_dataset(decided.dataset)
    report = parsed.content
    assert report[0].ContentTemplateSequence[0].TemplateIdentifier == "1500"
    groups = report.get_image_measurement_groups()
    sites = [group.finding_sites[0].value.value for group in groups]
    assert sites == [DISCS[level].value for level in ("L2/L3", "L3/L4", "L4/L5", "L4/L5", "L5/S1")]
    network = groups[2]
    grades = {one.name.value: one.value.meaning for one in network.get_qualitative_evaluations()}
    assert grades["RDES281"] == "Pfirrmann grade IV"
    assert grades["DISC-HERNIATION"] == "Present"
    values = {one.name.value: (one.value, one.unit.value) for one in network.get_measurements()}
    assert values["121207"] == (pytest.approx(10.84), "mm")
    assert values["SLIP-PERCENT"] == (pytest.approx(0.6), "%")
    assert values["DISC-CSF-SIGNAL"] == (pytest.approx(0.169), "{ratio}")
    # That parser takes what the group is of, and its observer, for evaluations as well.
    conditions = {code.value for code in CONDITION_CODES.values()}
    evaluations = [one for one in groups[3].get_qualitative_evaluations() if one.name.value in conditions]
    assert [(one.name.value, one.value.meaning) for one in evaluations] == [
        ("RDES281", "Pfirrmann grade III"), ("DISC-HERNIATION", "Present"),
    ]  # fmt: skip
    assert groups[2].tracking_uid == groups[3].tracking_uid


def test_dcmtk_shows_grades_units_networks_and_who_said_what(decided, tmp_path):
    text = shown(decided, tmp_path)
    for words in (
        "Comprehensive 3D SR", "UNVERIFIED", "PARTIAL", "For research and teaching. Not a diagnosis",
        "Pfirrmann grade IV", "Pfirrmann grade III", "Height", "10.84 mm", GRADER.name, SEGMENTER.name,
        "f\N{LATIN SMALL LETTER U WITH DIAERESIS}r mich ein Prolaps", "Observer Type = Person",
    ):  # fmt: skip
        assert words.lower() in text.lower(), words


def test_every_slice_that_a_level_was_read_from_is_referred_to(every):
    dataset = made(every).dataset
    images = every.material.reading.images
    series = {one.uid: one for one in every.study.series}
    expected = {
        series[channel.series_uid].sop_instance_uids[channel.slice_index]
        for image in images.values() for channel in image.channels if channel is not None
    }  # fmt: skip
    (study,) = dataset.CurrentRequestedProcedureEvidenceSequence
    listed = [
        str(one.ReferencedSOPInstanceUID)
        for of_series in study.ReferencedSeriesSequence
        for one in of_series.ReferencedSOPSequence
    ]
    assert sorted(listed) == sorted(expected)


def test_codes_are_short_enough_and_private_ones_are_explained(decided):
    def coded(dataset):
        for element in dataset.iterall():
            if element.keyword == "CodeValue":
                yield str(element.value)

    assert max(len(value) for value in coded(decided.dataset)) <= 16
    schemes = {
        str(one.CodingSchemeDesignator): one for one in decided.dataset.CodingSchemeIdentificationSequence
    }
    assert schemes["99SPINELENS"].CodingSchemeResponsibleOrganization == "SpineLens"
    assert schemes["RADELEMENT"].CodingSchemeUID == "1.2.840.10008.2.16.15"


def test_the_language_of_a_german_report_is_german(demo):
    report = draft(demo.study, demo.material.reading, language="de")
    item = made(demo, report=report).dataset.ContentSequence[0]
    assert item.ConceptCodeSequence[0].CodeValue == "de"


def test_grades_come_back_with_who_gave_them(demo, decided):
    rows = read_report(decided.to_bytes())
    assert not rows.complete
    of_network = [one for one in rows.grades if not one.by_reader]
    assert len(of_network) == sum(one.grade is not None for one in demo.material.reading.findings)
    assert (
        ReadGrade("L4/L5", "Pfirrmann classification", "Pfirrmann grade IV", GRADER.name, False, 0.52)
        in of_network
    )
    assert [one for one in rows.grades if one.by_reader] == [
        ReadGrade("L4/L5", "Pfirrmann classification", "Pfirrmann grade III", "anna", True),
        ReadGrade("L4/L5", "Disc herniation", "Present", "anna", True),
    ]


def test_measurements_come_back(decided):
    found = {one.name: (one.value, one.unit) for one in read_report(decided.to_bytes()).measurements}
    assert found == {
        "disc_height": (10.84, "mm"), "disc_height_index": (0.441, "ratio"), "signal_ratio": (0.169, "ratio"),
        "canal_diameter": (8.4, "mm"), "slip_percent": (0.6, "Percent"), "bulge_depth": (7.46, "mm"),
    }  # fmt: skip


def test_measurements_on_edited_outlines_say_who_edited_them(oblique_mr):
    series, reading = oblique_mr.study.series[0], oblique_mr.material.reading
    mask = np.zeros((series.rows, series.columns), bool)
    mask[10:15, 6:10] = True
    edit = outline_edit(
        series, reading.anatomies[0], (1, Structure.DISC), mask, ("Anna", "2026-12-01T10:00:00+00:00")
    )
    own = {"L4/L5": replace(reading.measurements["L4/L5"], disc_height=9.0)}
    texts = []
    for changed_by in ({}, {"outline_edits": (edit,), "segmented_measurements": own}):
        dataset = made(oblique_mr, reading=replace(reading, **changed_by)).dataset
        texts.append([str(element.value) for element in dataset.iterall() if element.VR == "UT"])
    assert "on outlines edited by Anna" not in texts[0]
    assert texts[1].count("on outlines edited by Anna") == 6


def test_sentences_come_back_in_their_sections(demo, reviews):
    report = draft(demo.study, demo.material.reading, reviews)
    report = editing.add_sentence(report, "L4/L5", "Für mich ein Prolaps.")
    rows = read_report(made(demo, report=report, reviews=reviews).to_bytes())
    levels = {one.level for one in demo.material.reading.findings}
    for section in (*levels, IMPRESSION, NOT_ASSESSED):
        expected = [(one.text, one.author == "reader") for one in report.section(section).sentences]
        assert [(one.text, one.by_reader) for one in rows.sentences if one.section == section] == expected


def test_free_text_comes_back_in_the_place_of_the_levels(demo):
    report = editing.set_free_text(demo.material.report, "All normal.\nSecond line.")
    rows = read_report(made(demo, report=report).to_bytes())
    assert [one.text for one in rows.sentences if one.section == FREE_TEXT] == ["All normal.\nSecond line."]
    assert not [one for one in rows.sentences if one.section == "L4/L5"]
    assert len(rows.grades) > 30


def test_an_approved_amendment_comes_back_with_its_predecessor(demo):
    first = approve(demo.material.report, "Anna Müller", APPROVED)
    before = made(demo, report=first).dataset
    rows = read_report(
        made(demo, report=approve(amend(first, "why"), "Anna Müller"), previous=before).to_bytes()
    )
    assert (rows.complete, rows.verified_by, rows.previous) == (True, "Anna Müller", (before.SOPInstanceUID,))
    assert "Anna" not in repr(rows)


def test_conditions_of_a_users_network_have_codes_of_their_own(demo):
    from spine_core.networks.conditions import Condition, Scale
    from spine_core.networks.outputs import Activation, Output

    condition = Condition("a very long name of a condition", "Foraminal stenosis, left, by our group",
                          ("0", "1", "2"), ("normal", "mild", "severe"), Scale.ORDINAL, (), "")  # fmt: skip
    output = Output(condition, 0, 2, Activation.CONTINUATION)
    reading = demo.material.reading
    one = replace(reading.findings[0], condition=condition.name, grade="2", output=output,
                  probabilities={"0": 0.1, "1": 0.2, "2": 0.7}, prediction_set=("2",))  # fmt: skip
    rows = read_report(made(demo, reading=replace(reading, findings=(one,))).to_bytes())
    (grade,) = rows.grades
    assert grade.condition == "Foraminal stenosis, left, by our group"
    assert grade.grade == "Foraminal stenosis, left, by our group severe"
    assert grade.probability == 0.7


@pytest.mark.parametrize("kind", ["seg", "keys", "sc", "pdf", "map"])
def test_other_objects_are_no_reports(demo, kind):
    data = make_objects(demo.material, demo.sources, [kind])[0].to_bytes()
    with pytest.raises(DicomObjectError, match="not a structured report of SpineLens"):
        read_report(data)


def test_reports_of_others_and_noise_are_refused(decided):
    from pydicom.data import get_testdata_file

    with open(get_testdata_file("reportsi.dcm"), "rb") as file:  # noqa: PTH123
        other = file.read()
    for data in (other, b"", b"no DICOM", decided.to_bytes()[:300]):
        with pytest.raises(DicomObjectError):
            read_report(data)


def test_damaged_reports_never_raise_anything_else(decided):
    good, rng = decided.to_bytes(), np.random.default_rng(0)
    for _ in range(20):
        damaged = bytearray(good)
        for place in rng.integers(200, len(good), 8):
            damaged[place] = int(rng.integers(256))
        with contextlib.suppress(DicomObjectError):
            read_report(bytes(damaged))


def test_the_report_of_a_multi_frame_object_names_its_frame(enhanced_mr):
    dataset = made(enhanced_mr).dataset
    frames = {int(e.value) for e in dataset.iterall() if e.keyword == "ReferencedFrameNumber"}
    assert frames == {3}
    assert pydicom.uid.UID(dataset.SOPClassUID).name == "Comprehensive 3D SR Storage"
