"""Screenshots of the reasons that are no maps, for ``pictures``."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.picture_file import save
from tests.browser.waiting import at_rest, choose_option


def take_reasons(page: Page) -> None:
    """Measurements, slices and sequences of the Pfirrmann grade at L4/L5."""
    page.get_by_role("link", name="Explain", exact=True).click()
    page.get_by_role("radio", name="Measurements").click()
    at_rest(page)
    choose_option(page, page.get_by_role("combobox", name="Condition"), "Pfirrmann grade")
    expect(page.get_by_text("by the measurements:")).to_be_visible()
    at_rest(page)
    save(page, "measurements")
    page.get_by_role("radio", name="Slices and sequences").click()
    expect(page.get_by_text("Which slice?")).to_be_visible()
    at_rest(page)
    save(page, "slices")
    page.get_by_role("radio", name="Maps").click()
