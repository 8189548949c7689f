from __future__ import annotations

import pytest

from spine_core.study import SourceFile, open_study
from spine_core.study.dicom.body_part import is_localizer, other_body_part
from spine_core.study.dicom.weighting import infer_weighting
from spine_core.study.types import Series, Weighting
from tests.study.made import mr, stored


def header(**values: object) -> dict[str, str]:
    return {keyword: str(value) for keyword, value in values.items()}


@pytest.mark.parametrize(
    ("values", "weighting"),
    [
        # protocols as Siemens, Philips and GE write them
        ({"SeriesDescription": "t2_tse_sag_384", "EchoTime": 102, "RepetitionTime": 3500}, Weighting.T2),
        ({"SeriesDescription": "t1_tse_sag_320", "EchoTime": 9.1, "RepetitionTime": 600}, Weighting.T1),
        ({"SeriesDescription": "sT2W_TSE", "EchoTime": 120, "RepetitionTime": 2800}, Weighting.T2),
        ({"SeriesDescription": "SAG T2 FRFSE"}, Weighting.T2),
        ({"SeriesDescription": "Sag T1"}, Weighting.T1),
        ({"SeriesDescription": "T2_TIRM_SAG", "EchoTime": 60, "RepetitionTime": 3500}, Weighting.STIR),
        ({"SeriesDescription": "SAG STIR", "EchoTime": 35, "RepetitionTime": 4000}, Weighting.STIR),
        (
            {"SeriesDescription": "sag", "EchoTime": 45, "RepetitionTime": 4000, "InversionTime": 150},
            Weighting.STIR,
        ),
        ({"SeriesDescription": "t2_space_sag_p2_iso"}, Weighting.T2_SPACE),
        ({"SeriesDescription": "Sag CUBE T2"}, Weighting.T2_SPACE),
        ({"SeriesDescription": "t1_space_sag", "EchoTime": 7, "RepetitionTime": 600}, Weighting.T1),
        (
            {"MRAcquisitionType": "3D", "EchoTime": 130, "RepetitionTime": 1500, "SliceThickness": 0.9},
            Weighting.T2_SPACE,
        ),
        ({"EchoTime": 12, "RepetitionTime": 2200, "InversionTime": 860}, Weighting.T1),
        ({"SeriesDescription": "pd_tse_sag", "EchoTime": 15, "RepetitionTime": 3000}, Weighting.PD),
        ({"EchoTime": 4, "RepetitionTime": 10, "ScanningSequence": "GR"}, Weighting.OTHER),
        ({"EchoTime": 45, "RepetitionTime": 1300}, Weighting.OTHER),
        ({"SeriesDescription": "series 12"}, Weighting.UNKNOWN),
        ({}, Weighting.UNKNOWN),
    ],
)
def test_weighting_of_usual_protocols(values, weighting) -> None:
    reading = infer_weighting(header(**values))
    assert reading.weighting is weighting
    assert reading.reason


def test_the_reason_gives_the_times() -> None:
    assert infer_weighting(header(EchoTime=102, RepetitionTime=3500)).reason == "TE 102 ms, TR 3500 ms"


def test_timing_takes_precedence_over_a_wrong_name_with_a_note() -> None:
    reading = infer_weighting(header(SeriesDescription="T1 SAG", EchoTime=105, RepetitionTime=3800))
    assert reading.weighting is Weighting.T2
    assert "is that of T2" in reading.notes[0].text


@pytest.mark.parametrize(
    "values",
    [{"SeriesDescription": "SAG T2 FS"}, {"ScanOptions": "FS"}, {"ImageType": "ORIGINAL\\PRIMARY\\DIXON\\W"}],
)
def test_fat_suppression_is_reported(values) -> None:
    reading = infer_weighting(header(EchoTime=90, RepetitionTime=3000, **values))
    assert reading.weighting is Weighting.T2
    assert "Fat is suppressed" in reading.notes[0].text


@pytest.mark.parametrize(
    ("values", "study", "part"),
    [
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "CSPINE"}, "", "cspine"),
        ({"SeriesDescription": "t2_sag_CERVICAL"}, "MR LUMBAR SPINE", "cervical"),
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "KNEE"}, "", "knee"),
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "TSPINE"}, "", "tspine"),
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "ABDOMEN"}, "MRI LUMBOSACRAL SPINE", ""),
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "LSPINE"}, "", ""),
        ({"SeriesDescription": "t2_sag", "BodyPartExamined": "SPINE"}, "", ""),
        ({"SeriesDescription": "t2_tse_sag LWS"}, "Ganze Wirbelsaeule HWS BWS LWS", ""),
        ({"SeriesDescription": "Sag T2"}, "", ""),
        ({}, "", ""),
    ],
)
def test_another_body_part_is_named(values, study, part) -> None:
    assert other_body_part(header(**values), study) == part


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, True),
        ({"SeriesDescription": "3-plane loc"}, True),
        ({"SeriesDescription": "SCOUT"}, True),
        ({"SeriesDescription": "Survey_SHC"}, True),
        ({"SeriesDescription": "t2_sag_block"}, False),
    ],
)
def test_localizers_are_recognised(values, expected) -> None:
    assert is_localizer(header(**values)) is expected


def opened(**elements: object) -> Series:
    return open_study([SourceFile("a", stored(mr(**elements)))]).series[0]


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"Modality": "CT"}, "not MR (modality CT)"),
        ({"BodyPartExamined": "KNEE"}, "its header names another body part (knee)"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "a localizer"),
        (
            {"ImageType": ["DERIVED", "SECONDARY"], "BurnedInAnnotation": "YES"},
            "a screenshot with text burned in",
        ),
        (
            {"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]},
            "a computed map (ADC), not a T1 or T2 image",
        ),
        ({"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, ""),
        ({}, ""),
    ],
)
def test_series_the_networks_were_not_made_for_are_named(elements, reason) -> None:
    assert opened(**elements).not_gradable == reason
