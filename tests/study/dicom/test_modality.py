from __future__ import annotations

import io

import pytest
from pydicom.dataset import Dataset

from spine_core.study import SourceFile, open_study
from spine_core.study.types import Series, Severity, Weighting
from tests.study.made import MR, mr

ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
SILENT = {
    "EchoTime": None,
    "RepetitionTime": None,
    "ScanningSequence": None,
    "ImageType": None,
    "SliceThickness": None,
    "Modality": None,
    "SOPClassUID": None,
}


def opened(meta: str, **elements: object) -> Series:
    ds = mr(**elements)
    return open_study([SourceFile("a", _stored(ds, meta))]).series[0]


def _stored(ds: Dataset, meta: str) -> bytes:
    """Part 10 bytes with a SOP class of the file meta that need not be that of the data set."""
    if meta:
        ds.file_meta.MediaStorageSOPClassUID = meta
    ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.77"
    file = io.BytesIO()
    ds.save_as(file, enforce_file_format=bool(meta))
    return file.getvalue()


@pytest.mark.parametrize(
    ("meta", "elements", "reason"),
    [
        # Modality takes precedence over the SOP class
        (CT, {"Modality": "MR"}, ""),
        (MR, {"Modality": "CT"}, "not MR (modality CT)"),
        # without it the class of the data set, then that of the file meta
        (CT, {"Modality": None, "SOPClassUID": MR}, ""),
        (MR, {"Modality": None, "SOPClassUID": CT}, "not MR (modality CT)"),
        (ENHANCED_MR, {"Modality": None, "SOPClassUID": None}, ""),
        (CT, {**SILENT}, "not MR (modality CT)"),
        # a general class gives no modality: the sequence parameters do
        ("1.2.840.10008.5.1.4.1.1.66", {"Modality": None, "SOPClassUID": None}, ""),
        ("", {"Modality": None, "SOPClassUID": None}, ""),
        ("", {**SILENT, "KVP": 120}, "not MR (modality CT)"),
        # without evidence the pixels decide later
        ("", {**SILENT}, ""),
        (CAPTURE, {**SILENT}, "a secondary capture, not the scanner's own images"),
    ],
)
def test_modality_comes_from_the_first_evidence_available(meta, elements, reason) -> None:
    assert opened(meta, **elements).not_gradable == reason


def test_an_inferred_modality_gives_a_note_and_an_unknown_one_a_warning() -> None:
    (note,) = opened(ENHANCED_MR, Modality=None, SOPClassUID=None).notes
    assert (note.severity, "file meta" in note.text) == (Severity.INFO, True)
    (note,) = opened("", **SILENT).notes
    assert (note.severity, "does not state the modality" in note.text) == (Severity.WARNING, True)
    assert opened(MR).notes == ()


@pytest.mark.parametrize(
    ("name", "weighting"), [("T1", Weighting.T1), ("T2", Weighting.T2), ("STIR", Weighting.STIR)]
)
def test_a_series_named_by_its_weighting_alone_has_it_without_modality_or_times(name, weighting) -> None:
    series = opened("", **SILENT, SeriesDescription=name)
    assert series.weighting is weighting


def test_the_users_weighting_is_used_where_the_header_lacks_it() -> None:
    data = _stored(mr(**SILENT, SeriesDescription="series 3"), "")
    assert open_study([SourceFile("a", data)], weighting=Weighting.T1).series[0].weighting is Weighting.T1


def test_the_users_weighting_does_not_override_a_known_other_contrast() -> None:
    gradient = _stored(mr(ScanningSequence="GR", SeriesDescription="series 3"), MR)
    (series,) = open_study([SourceFile("a", gradient)], weighting=Weighting.T1).series
    assert series.weighting is Weighting.OTHER
