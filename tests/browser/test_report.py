"""From the draft to an approved PDF, in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import at_rest

pytestmark = pytest.mark.browser


def test_a_draft_is_edited_approved_taken_along_and_outlives_a_reload(page, tmp_path):
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.get_by_text("DRAFT, not approved.").first).to_be_visible()
    page.get_by_role("button", name="Edit").first.click()
    page.get_by_label("Sentence", exact=True).fill("The disc is dark.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The disc is dark.").first).to_be_visible()
    expect(page.get_by_text(re.compile("^before: ")).first).to_be_visible()
    page.get_by_label("Your name").fill("Dr. A. Reader")
    page.get_by_label("Your name").press("Tab")
    at_rest(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved by Dr. A. Reader").first).to_be_visible()
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    page.get_by_role("button", name="Make the PDF").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF", exact=True).click()
    download.value.save_as(tmp_path / "report.pdf")
    assert download.value.suggested_filename == "spinelens-report.pdf"
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    page.reload()
    expect(page.get_by_text("Approved by Dr. A. Reader").first).to_be_visible()
    expect(page.get_by_text("The disc is dark.").first).to_be_visible()
