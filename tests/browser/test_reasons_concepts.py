"""Explain, measurements and slices: reasons of the demonstration study's herniated disc, and their files."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import at_rest, choose_option

pytestmark = pytest.mark.browser


def kind(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()
    at_rest(page)


def downloaded(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV", exact=True).click()
    return list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text())))


def test_measurements_and_slices_explain_a_finding(page):
    page.get_by_role("link", name="Explain", exact=True).click()
    kind(page, "Measurements")
    expect(
        page.get_by_text(re.compile("The measurements (and the network|agree|lead|contradict)"))
    ).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=re.compile("discs at L4/L5"))).not_to_have_count(0)
    rows = downloaded(page)
    terms = {row["term"]: float(row["log_odds"]) for row in rows}
    assert terms.pop("sum") == pytest.approx(sum(terms.values()))
    by_name = {row["term"]: row for row in rows}
    assert by_name["canal_diameter"]["unit"] == "mm"
    assert float(by_name["canal_diameter"]["error_95"]) > 0

    kind(page, "Slices and sequences")
    expect(page.get_by_text("Which slice?")).to_be_visible()
    expect(page.get_by_text(re.compile("On the graded slice, Pfirrmann grade"))).to_be_visible()
    expect(page.get_by_text(re.compile("^Deletion (confirms|does not confirm)"))).to_have_count(2)
    rows = downloaded(page)
    assert [row["step"] for row in rows if row["kind"] == "slice"] == ["-3", "-2", "-1", "0", "1", "2", "3"]
    assert [row["input"] for row in rows if row["kind"] == "weighting"] == ["t2", "t1"]


def test_of_a_finding_that_measurements_cannot_tell_the_page_says_so(page):
    page.get_by_role("link", name="Explain", exact=True).click()
    kind(page, "Measurements")
    choose_option(page, page.get_by_role("combobox", name=re.compile("Condition")), "Upper endplate change")
    expect(page.get_by_text(re.compile("so they explain nothing here"))).to_be_visible()
