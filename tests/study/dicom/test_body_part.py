from __future__ import annotations

import pytest

from spine_core.study import SourceFile, open_study
from spine_core.study.dicom.body_part import is_localizer, mentioned_body_part, other_body_part, words
from tests.study.made import mr, stored


@pytest.mark.parametrize(
    ("values", "study"),
    [
        ({"SeriesDescription": "COLUNA LOMBAR T2", "BodyPartExamined": "ABDOMEN"}, ""),
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "ABDOMEN"}, "RM COLUNA LOMBAR"),
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "ABDOMEN"}, ""),
        ({"SeriesDescription": "t2_sag"}, "Back and leg pain"),
        ({"SeriesDescription": "t2_sag"}, "Low back pain radiating to hip and foot, hx knee replacement"),
        ({"SeriesDescription": "t2_sag", "ProtocolName": "HEAD FIRST"}, ""),
        ({"SeriesDescription": "t2_sag", "ProtocolName": "FEET FIRST supine"}, ""),
        ({"SeriesDescription": "loc L5"}, ""),
        ({"SeriesDescription": "T2 Rachis lombaire", "BodyPartExamined": "HEAD"}, ""),
        ({"SeriesDescription": "T2 sag", "BodyPartExamined": "PELVIS"}, "MR kręgosłupa lędźwiowego"),
        ({"SeriesDescription": "腰椎 T2", "BodyPartExamined": "NECK"}, ""),
        ({"SeriesDescription": "T2 L4/L5", "BodyPartExamined": "EXTREMITY"}, ""),
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "HEAD"}, "Lumbalgie"),
    ],
)
def test_no_single_word_makes_a_lumbar_spine_another_part(values, study) -> None:
    assert other_body_part(values, study) == ""


@pytest.mark.parametrize(
    ("values", "study", "part"),
    [
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "HEAD"}, "MR HEAD", "head"),
        ({"SeriesDescription": "T2 sag neck", "BodyPartExamined": "NECK"}, "", "neck"),
        ({"SeriesDescription": "T2 sag"}, "MRI CERVICAL SPINE", "cervical"),
        ({"SeriesDescription": "T2 sag", "BodyPartExamined": "BRAIN"}, "", "brain"),
        ({"SeriesDescription": "sag t2 HWS"}, "LWS", "hws"),
    ],
)
def test_two_fields_or_a_specific_word_decide(values, study, part) -> None:
    assert other_body_part(values, study) == part


def test_insufficient_evidence_is_reported_in_a_note() -> None:
    header = {"SeriesDescription": "t2_sag", "BodyPartExamined": "ABDOMEN"}
    assert mentioned_body_part(header, "") == "abdomen"
    assert mentioned_body_part(header, "MRI LUMBAR SPINE") == ""
    (series,) = open_study([SourceFile("a", stored(mr(BodyPartExamined="ABDOMEN")))]).series
    assert series.not_gradable == ""
    assert ["abdomen" in note.text for note in series.notes] == [True]


@pytest.mark.parametrize(
    ("name", "localizer"),
    [("loc", True), ("3pl loc", True), ("Localizer_sag", True), ("loc L5", False), ("t2 block", False)],
)
def test_a_location_is_no_localizer(name, localizer) -> None:
    assert is_localizer({"SeriesDescription": name}) is localizer


def test_words_have_no_accents_and_keep_other_scripts() -> None:
    assert words("T2_TSE-Sag", "Épaule") == "t2 tse sag epaule"
    assert words("腰椎_MR") == "腰椎 mr"
