"""A study from an archive: asked for, fetched, read, explained, reported, and the results sent back."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from spine_core.pacs.archive import archive_of
from spine_core.pacs.private_folder import PREFIX
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import empty_window
from tests.browser.seeing import brush_disc, pane
from tests.browser.test_library import app, home
from tests.browser.waiting import at_rest, until
from tests.pacs.conftest import credentials, orthanc_server, sent, web_server

__all__ = ["app", "credentials", "home", "orthanc_server", "sent"]

pytestmark = pytest.mark.browser


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """Where the server of the test keeps what it fetches."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def configured(orthanc_server, credentials, sent, tmp_path, monkeypatch, temporary) -> None:
    """An archive that has the study, and a second one that is not there."""
    assert {one.reason for one in archive_of(web_server(orthanc_server.url)).store(sent.files)} == {""}
    file = tmp_path / "pacs.toml"
    file.write_text(
        f"""
[[server]]
name = "Hospital"
protocol = "dicomweb"
url = "{orthanc_server.url}"
user_variable = "ARCHIVE_USER"
password_variable = "ARCHIVE_PASSWORD"
store = true
"""
    )
    monkeypatch.setenv("SPINELENS_PACS", str(file))


def fetch(page: Page, url: str) -> None:
    page.goto(url)
    at_rest(page)
    page.get_by_role("tab", name="From an archive").click()
    at_rest(page)
    page.get_by_role("textbox", name="Patient name").fill("Synth")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 found. Select a study")).to_be_visible()
    at_rest(page)
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 38 + 17})
    expect(page.get_by_text("2: SAG T2 TSE SYNTHETIC (MR, 3 images)")).to_be_visible()
    page.get_by_role("button", name="Fetch and open").click()
    expect(page.get_by_text("Uploaded study, 3 series")).to_be_visible()
    expect(page.get_by_text("Reading the study")).to_be_hidden()


def test_a_query_for_everything_is_refused_and_what_is_fetched_goes_with_the_study(
    browser, configured, app, temporary
):
    page = empty_window(browser)
    page.goto(app.url)
    at_rest(page)
    page.get_by_role("tab", name="From an archive").click()
    at_rest(page)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("A query needs a name, a patient ID")).to_be_visible()
    fetch(page, app.url)
    assert_accessible(page)
    assert [one.name for one in temporary.glob(f"{PREFIX}*")]
    page.get_by_role("button", name="Close this study").click()
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("No study open")).to_be_visible()
    until(page, lambda: not list(temporary.glob(f"{PREFIX}*")))
    log = app.log.read_text()
    assert "Synthetic" not in log
    assert "not-a-secret" not in log


def test_from_the_archive_to_a_report_and_its_objects_in_the_archive(
    browser, configured, app, orthanc_server, sent
):
    page = empty_window(browser)
    fetch(page, app.url)
    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="L4/L5, Pfirrmann grade").click()
    expect(page.get_by_text("L4/L5 · Pfirrmann grade")).to_be_visible()
    edits_an_outline(page)
    page.get_by_role("link", name="Explain this finding").click()
    expect(pane(page, ".*Grad-CAM").first).to_have_attribute("data-loaded", "true")
    page.get_by_role("link", name="Library", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Dr. A. Reader")
    page.get_by_role("button", name="Use this name").click()
    expect(page.get_by_text("Keep the open study")).to_be_visible()
    at_rest(page)
    page.get_by_role("link", name="Report", exact=True).click()
    writes_and_approves(page)
    makes_objects(page)
    page.get_by_role("button", name="Send…").click()
    dialog = page.get_by_role("dialog")
    at_rest(page)
    expect(dialog.get_by_text("These objects go to Hospital")).to_be_visible()
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("The archive took 6 objects.")).to_be_visible()
    series = archive_of(web_server(orthanc_server.url)).series(sent.uid)
    assert Counter(one.modality for one in series) == Counter(
        {"MR": 3, "SR": 1, "SEG": 1, "OT": 2, "KO": 1, "DOC": 1}
    )
    at_rest(page)
    assert_accessible(page)


def edits_an_outline(page: Page) -> None:
    expect(page.get_by_text(re.compile("^Measured on the segmentation"))).to_be_visible()
    at_rest(page)
    brush_disc(page)
    expect(page.get_by_text("Measured on the edited outline")).to_be_visible()
    at_rest(page)


def writes_and_approves(page: Page) -> None:
    expect(page.get_by_text("DRAFT, not approved.").first).to_be_visible()
    expect(page.get_by_text(re.compile("edited outline")).first).to_be_visible()
    at_rest(page)
    page.get_by_text("Key images", exact=True).click()
    page.get_by_role("button", name="Add the map").click()
    expect(page.get_by_role("button", name="Remove this image")).to_be_visible()
    at_rest(page)
    page.get_by_label("Your name").fill("Dr. A. Reader")
    page.get_by_label("Your name").press("Tab")
    at_rest(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved by Dr. A. Reader").first).to_be_visible()
    at_rest(page)


def makes_objects(page: Page) -> None:
    page.get_by_text("DICOM objects", exact=True).click()
    page.get_by_role("button", name="Make the objects").click()
    expect(page.get_by_role("button", name="Send…")).to_be_visible()
    at_rest(page)
