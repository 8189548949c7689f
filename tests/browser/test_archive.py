"""A study from an archive: asked for, fetched, read."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from spine_core.pacs.archive import archive_of
from spine_core.pacs.private_folder import PREFIX
from tests.browser.conftest import empty_window
from tests.browser.test_library import app, assert_accessible, home
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
"""
    )
    monkeypatch.setenv("SPINELENS_PACS", str(file))


def test_a_study_is_found_fetched_and_read(browser, configured, app, temporary):
    page = empty_window(browser)
    page.goto(app.url)
    at_rest(page)
    page.get_by_role("tab", name="From an archive").click()
    at_rest(page)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("A query needs a name, a patient ID")).to_be_visible()
    page.get_by_role("textbox", name="Patient name").fill("Synth")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 found. Select a study")).to_be_visible()
    at_rest(page)
    assert_accessible(page)
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 38 + 17})
    expect(page.get_by_text("2: SAG T2 TSE SYNTHETIC (MR, 3 images)")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Fetch and open").click()
    expect(page.get_by_text("Uploaded study, 3 series")).to_be_visible()
    assert [one.name for one in temporary.glob(f"{PREFIX}*")]
    expect(page.get_by_text("Reading the study")).to_be_hidden()
    page.get_by_role("link", name="Read", exact=True).click()
    expect(page.get_by_role("button", name="L4/L5, Pfirrmann grade")).to_be_visible()
    page.get_by_role("link", name="Study", exact=True).click()
    page.get_by_role("button", name="Close this study").click()
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("No study open")).to_be_visible()
    until(page, lambda: not list(temporary.glob(f"{PREFIX}*")))
    log = app.log.read_text()
    assert "Synthetic" not in log
    assert "not-a-secret" not in log
