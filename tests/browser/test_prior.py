"""A prior study from the library: of the same patient, confirmed, registered, compared, and there after a reload."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.uid import generate_uid

from pages.components.study_jobs import DEMONSTRATION
from spine_core.cli.main import main
from spine_core.phantom import demo_study
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import empty_window
from tests.browser.test_library import ANNA, app, choose, home, turn_to
from tests.browser.waiting import at_rest

__all__ = ["app", "home"]

pytestmark = pytest.mark.browser

EARLIER, LATER = "20210304", "20240506"
MOVED = np.array([6.0, -9.0, 12.0])


def sagittal_study(folder: Path, date: str, moved: np.ndarray) -> None:
    """The phantom's sagittal series as an examination of its own, the patient lying ``moved`` mm elsewhere."""
    folder.mkdir(parents=True)
    uids: dict[str, str] = {}
    for number, file in enumerate(sorted(p for p in demo_study(DEMONSTRATION).rglob("*") if p.is_file())):
        image = pydicom.dcmread(file)
        if "SAG" not in str(image.get("SeriesDescription", "")):
            continue
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
            setattr(image, name, uids.setdefault(getattr(image, name), generate_uid()))
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.StudyDate = date
        image.ImagePositionPatient = [*np.add([float(v) for v in image.ImagePositionPatient], moved)]
        image.save_as(folder / f"{number:04d}.dcm")


def test_a_case_of_the_same_patient_is_the_prior_of_another(browser, home, tmp_path, app):
    assert main(["library", "add-person", ANNA]) == 0
    for date, moved in ((EARLIER, MOVED), (LATER, 0 * MOVED)):
        sagittal_study(tmp_path / "studies" / date, date, moved)
        place = str(tmp_path / "studies" / date)
        assert main(["library", "import", place, "--as", ANNA, "--tag", date]) == 0

    page = empty_window(browser)
    page.goto(app.url)
    turn_to(page, "Library")
    choose(page, "You are", ANNA)
    expect(page.get_by_text("2 cases, the latest first")).to_be_visible()
    at_rest(page)
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 36 + 36})
    page.get_by_role("button", name="Open this case").click()
    expect(page.get_by_text("This case is open.")).to_be_visible()
    turn_to(page, "Read")
    expect(page.get_by_text("Reading the study")).to_be_hidden()
    page.get_by_role("link", name="Compare with a prior").click()
    at_rest(page)
    assert_accessible(page)
    page.get_by_role("button", name="Compare with ").click()
    expect(page.get_by_text("The identifiers of the two studies agree")).to_be_visible()
    page.get_by_role("button", name="Yes, the same patient").click()
    expect(page.get_by_text("Residual of the registration")).to_be_visible()
    # The same discs, drawn once: no grade can have changed, and the transform is the one they were moved by.
    expect(page.get_by_text("0 changes beyond the repeat error")).to_be_visible()
    at_rest(page)
    assert_accessible(page)
    page.reload()
    expect(page.get_by_text("Residual of the registration")).to_be_visible()
    expect(page.get_by_text("0 changes beyond the repeat error")).to_be_visible()
