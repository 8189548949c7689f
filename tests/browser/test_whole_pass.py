from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, demonstration, on_a_slow_network, serving
from tests.browser.waiting import at_rest

pytestmark = pytest.mark.browser

PAINTED = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  .data.some((value, i) => i % 4 === 3 && value > 0)"""


@pytest.fixture
def released(tmp_path) -> Iterator[Server]:
    """The app as a user starts it: it searches for its fastest backend, and all networks explain."""
    with serving("app.py", tmp_path / "log") as server:
        yield server


def test_a_zip_is_uploaded_read_scrolled_and_explained(browser, released, phantom_zip):
    with demonstration(browser, released) as page:
        opens_reads_and_explains(page, phantom_zip)
    assert "Doe" not in released.log.read_text()


def opens_reads_and_explains(page: Page, phantom_zip: Path) -> None:
    page.get_by_text("Open a study", exact=True).click()
    page.locator("input[type=file]").first.set_input_files(phantom_zip)
    expect(page.locator(".sl-open")).to_have_text("Uploaded study, 7 series")
    expect(page.get_by_text("Synthetic", exact=True)).to_be_visible()

    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    expect(page.get_by_text("L4/L5 · Disc herniation")).to_be_visible()

    sagittal = page.get_by_role("application", name=re.compile("^Sagittal T2"))
    expect(sagittal).to_have_attribute("data-loaded", "true")
    at_rest(page)
    before = sagittal.get_attribute("aria-label")
    sagittal.press("ArrowRight")
    expect(sagittal).not_to_have_attribute("aria-label", before)
    expect(sagittal).to_have_accessible_name(re.compile("slice .* of 15"))

    page.get_by_role("link", name="Explain this finding").click()
    for method in ("Grad-CAM", "LIME", "SHAP"):
        # The dot stands for the slash, which Playwright does not escape in expressions.
        map_ = page.get_by_role(
            "application", name=re.compile(f"with {method} of Disc herniation.* at L4.L5")
        )
        expect(map_).to_be_visible()
        expect(map_).to_have_attribute("data-loaded", "true")
        # The network sees a part of the slice, and the pane opens on it.
        seen, whole = map_.locator("polygon.crop").bounding_box(), map_.bounding_box()
        assert 0.9 < max(seen["width"] / whole["width"], seen["height"] / whole["height"]) < 1.0
        assert map_.locator("canvas.maps").evaluate(PAINTED)
    expect(page.get_by_text("Not a diagnosis")).to_be_visible()


def test_a_page_turned_right_after_scrolling_is_not_wiped_by_what_the_viewer_answers(page):
    on_a_slow_network(page)
    page.get_by_role("link", name="Read", exact=True).click()
    sagittal = page.get_by_role("application", name=re.compile("^Sagittal T2"))
    expect(sagittal).to_have_attribute("data-loaded", "true")
    explain = page.get_by_role("link", name="Explain this finding")
    expect(explain).to_be_visible()
    at_rest(page)
    page.evaluate("window.slow = 1500")
    sagittal.press("ArrowRight")
    explain.click()
    expect(page.get_by_text("Target:")).to_be_visible()
    late = page.evaluate("window.late")
    page.wait_for_function("count => window.late > count", arg=late)
    page.evaluate("window.slow = 0")
    at_rest(page)
    expect(page.get_by_text("Target:")).to_be_visible()


def test_files_chosen_while_a_study_is_read_are_not_dropped_when_the_reading_ends(page):
    page.get_by_text("Open a study", exact=True).click()
    chooser = page.locator("input[type=file]").nth(1)
    chooser.evaluate("input => { input.marked = true }")
    expect(page.locator(".sl-open")).to_have_text("Demonstration study, 7 series")
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    assert chooser.evaluate("input => input.marked")


def test_a_folder_without_file_endings_is_uploaded_and_a_disc_is_moved_by_a_click(page, phantom_folder):
    page.get_by_text("Open a study", exact=True).click()
    page.locator("input[type=file]").nth(1).set_input_files(phantom_folder)
    expect(page.locator(".sl-open")).to_have_text("Uploaded study, 7 series")

    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    sagittal = page.get_by_role("application", name=re.compile("^Sagittal T2"))
    expect(sagittal).to_have_attribute("data-loaded", "true")
    page.get_by_text("Correct levels and discs").click()
    page.get_by_role("button", name="Move L4/L5 by a click in the viewer").click()
    expect(page.get_by_text("Click on the middle of L4/L5 in the viewer.")).to_be_visible()
    expect(page.locator(".viewer.placing")).to_be_visible()
    box = sagittal.bounding_box()
    sagittal.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.5})
    expect(page.get_by_text("Corrected by the reader: L4/L5 moved.")).to_be_visible()


def test_a_disc_is_moved_by_dragging_its_dot(page):
    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    sagittal = page.get_by_role("application", name=re.compile("^Sagittal T2"))
    expect(sagittal).to_have_attribute("data-loaded", "true")
    # The finding turns the viewer to its disc: the dot must have come to rest before it is taken.
    at_rest(page)
    dot = sagittal.locator("[data-level='L3/L4'] .dot")
    box = dot.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 8, y + 4, steps=5)
    page.mouse.up()
    expect(page.get_by_text("Corrected by the reader: L3/L4 moved.")).to_be_visible()
