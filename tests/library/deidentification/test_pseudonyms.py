"""Pseudonyms are consistent, keep intervals, and do not show their originals."""

from __future__ import annotations

import datetime
import re

import pytest

from spine_core.library.deidentification.pseudonyms import MAX_SHIFT_DAYS, Pseudonyms
from tests.library.deidentification.made import SECRET


def of(patient: str, secret: bytes = SECRET) -> Pseudonyms:
    return Pseudonyms(secret, patient)


def day(value: str) -> datetime.date:
    return datetime.datetime.strptime(value[:8], "%Y%m%d").date()


def test_a_uid_is_valid_and_equal_for_all_patients_of_one_library():
    uid = of("one").uid("1.2.3")
    assert re.fullmatch(r"2\.25\.[1-9]\d{0,38}", uid)
    assert len(uid) <= 64
    assert uid == of("two").uid("1.2.3") != of("one", b"another secret of it").uid("1.2.3")
    assert uid == of("one").uid("1.2.3\0")


@pytest.mark.parametrize(
    "uid", ["", "1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.4", "2.16.840.1.113883.6.96"]
)
def test_well_known_uids_stay(uid):
    assert of("one").uid(uid) == uid


def test_a_uid_that_only_begins_like_dicoms_own_is_replaced():
    assert of("one").uid("1.2.840.10008.19470803").startswith("2.25.")


def test_the_patient_id_is_short_and_its_own_for_each_patient():
    found = {of(str(number)).patient_id for number in range(500)}
    assert len(found) == 500
    assert all(re.fullmatch(r"SL-[A-Z2-7]{8}", one) for one in found)


def test_shifts_are_whole_days_within_ten_years_and_differ_between_patients():
    shifts = [of(str(number)).shift_days for number in range(2000)]
    assert min(shifts) >= 1
    assert max(shifts) <= MAX_SHIFT_DAYS
    assert len(set(shifts)) > 1000


@pytest.mark.parametrize("patient", ["one", "two", "three"])
def test_intervals_are_kept_across_leap_days_and_years(patient):
    dates = ["20240228", "20240229", "20240301", "20231231", "20000229", "19991231"]
    shifted = [of(patient).shift_date(date) for date in dates]
    differences = {day(date) - day(one) for date, one in zip(dates, shifted, strict=True)}
    assert differences == {datetime.timedelta(days=of(patient).shift_days)}


def test_a_date_time_keeps_its_time_and_zone_and_moves_with_the_dates():
    moved = of("one").shift_datetime("20240301235959.123456+0530")
    assert moved == of("one").shift_date("20240301") + "235959.123456+0530"


@pytest.mark.parametrize("value", ["2024", "202403", "2024030112", "202403011230", "20240301123059"])
def test_a_date_time_keeps_its_precision(value):
    moved = of("one").shift_datetime(value)
    assert len(moved) == len(value)
    assert moved[:4] <= value[:4]
    assert moved != value


@pytest.mark.parametrize(
    "value", ["", "20240230", "20241301", "2024-03-01", "20240101-20240201", "Jane Doe", "00010101", "202"]
)
def test_what_is_no_date_becomes_empty(value):
    assert of("one").shift_date(value) == ""


def test_what_is_no_date_time_becomes_empty():
    for value in ("20240230", "2024130112", "yesterday", "20240101+01", "202403 0112"):
        assert of("one").shift_datetime(value) == ""


def test_an_old_date_with_full_stops_is_read():
    assert of("one").shift_date("2024.03.01") == of("one").shift_date("20240301")


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="fewer than 16 bytes"):
        of("one", b"short")


def test_secret_and_patient_are_not_shown():
    assert "Doe" not in repr(of("Doe"))
    assert "secret" not in repr(of("Doe")).replace("secret=", "")
