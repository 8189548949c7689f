"""Similar discs of the demonstration study on the page Explain."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.waiting import at_rest

pytestmark = pytest.mark.browser

DISTANCE = re.compile(r"Distance \d\.\d\d, percentile \d+")


def cards(page: Page) -> Locator:
    return page.get_by_text(DISTANCE)


def test_five_discs_and_one_grade_lower_and_higher_are_shown_and_filtered(page):
    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="L4/L5, Pfirrmann grade").click()
    expect(page.get_by_text("L4/L5 · Pfirrmann grade")).to_be_visible()
    page.get_by_role("link", name="Explain this finding").click()
    # While the viewer of the maps is still drawing: what it asked for arrives after it has gone.
    page.get_by_text("Similar discs", exact=True).click()
    expect(page.get_by_text("What would another grade look like?")).to_be_visible()
    at_rest(page)
    assert cards(page).count() >= 6
    # A drawn spine is like no real one.
    expect(page.get_by_text("No close case")).to_be_visible()
    expect(page.get_by_text(re.compile("Compared with .* discs of .* other patients"))).to_be_visible()

    page.get_by_text("Same level", exact=True).click()
    at_rest(page)
    expect(cards(page).first).to_be_visible()
    assert all(said.startswith("L4/L5") for said in cards(page).all_inner_texts())

    page.get_by_text("My library", exact=True).click()
    expect(
        page.get_by_text(re.compile("Choose who you are|No disc of another patient in your library"))
    ).to_be_visible()
