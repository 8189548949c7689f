"""Dates in data sets: moved together at every depth, and removed where they are invalid or the patient's own."""

from __future__ import annotations

import datetime

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.library.deidentification.made import PSEUDONYMS, deidentified
from tests.study.made import mr

SHIFT = datetime.timedelta(days=PSEUDONYMS.shift_days)


def day(value: str) -> datetime.date:
    return datetime.datetime.strptime(value[:8], "%Y%m%d").date()


def test_dates_and_date_times_move_together_at_every_depth():
    group, frame = Dataset(), Dataset()
    frame.FrameAcquisitionDateTime = "20240301101112.5"
    group.FrameContentSequence = Sequence([frame])
    ds = mr(StudyDate="20240228", AcquisitionDateTime="20240301101112", ContentDate="20240302")
    ds.PerFrameFunctionalGroupsSequence = Sequence([group])
    result = deidentified(ds)
    inner = result.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0]
    assert day("20240228") - day(result.StudyDate) == SHIFT
    assert day("20240301") - day(result.AcquisitionDateTime) == SHIFT
    assert day("20240302") - day(result.ContentDate) == SHIFT
    assert day("20240301") - day(inner.FrameAcquisitionDateTime) == SHIFT
    assert result.AcquisitionDateTime.endswith("101112")


def test_times_of_day_stay():
    assert deidentified(mr(AcquisitionTime="101112.5", StudyTime="10")).AcquisitionTime == "101112.5"


def test_invalid_dates_and_times_go():
    ds = mr()
    ds.add_new("StudyDate", "LO", "Doe 1947")
    ds.add_new("AcquisitionDate", "LO", "20240230")
    ds.add_new("AcquisitionTime", "LO", "Jane")
    result = deidentified(ds)
    assert result["StudyDate"].is_empty
    assert "AcquisitionDate" not in result
    assert "AcquisitionTime" not in result


def test_dates_of_the_patient_are_not_moved_but_emptied_or_removed():
    result = deidentified(mr(PatientBirthDate="19470803", LastMenstrualDate="20240101"))
    assert result["PatientBirthDate"].is_empty
    assert "LastMenstrualDate" not in result
