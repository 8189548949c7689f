"""Editing of outlines in the viewer, with WebGL and without; on Read the measurement follows, and comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Server, empty_window, serving
from tests.browser.seeing import brush_disc
from tests.browser.test_linked_maps import NO_WEBGL
from tests.browser.waiting import at_rest, frames, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def outlines(tmp_path_factory) -> Iterator[Server]:
    """A viewer on a small segmented study, without networks."""
    with serving("tests/browser/outlines/app.py", tmp_path_factory.mktemp("outlines") / "log") as server:
        yield server


@pytest.fixture(params=["", NO_WEBGL], ids=["webgl", "cpu"])
def editing(request, browser: Browser, outlines: Server) -> Iterator[Page]:
    """The viewer with outlines being edited. A script that fails on the page fails the test."""
    failures: list[str] = []
    page = empty_window(browser)
    page.on("pageerror", lambda error: failures.append(f"{error} {error.stack}"))
    page.add_init_script(request.param)
    page.goto(outlines.url)
    expect(pane(page)).to_have_attribute("data-slice", "2")
    at_rest(page)
    expect(page.locator(".viewer")).to_have_attribute("data-renderer", "cpu" if request.param else "webgl")
    page.get_by_role("button", name="Edit outlines").click()
    expect(page.get_by_role("toolbar", name="Edit outlines")).to_be_visible()
    at_rest(page)
    yield page
    assert not failures


def pane(page: Page) -> Locator:
    return page.get_by_role("application", name=re.compile("^Sagittal T2"))


def shape(page: Page, structure: str = "disc") -> str:
    """The pixels of a structure on the slice that is shown."""
    return pane(page).locator(f"path.label.{structure}").get_attribute("d") or ""


def stroke(page: Page, *places: tuple[float, float]) -> None:
    """Drags through places: fractions of the width and of the height of the discs, from their top left corner."""
    box = pane(page).locator("path.edge.canal").bounding_box()
    assert box
    points = [(box["x"] + across * box["height"], box["y"] + down * box["height"]) for across, down in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()
    frames(page)


# Beside the canal, which is 132 rows high from row 6 on: L1/L2 has its upper edge at row 19, its middle at column 60.
ABOVE_L12 = ((-0.15, 0.085), (-0.08, 0.085))
ACROSS_THE_EDGE = ((-0.12, 0.13), (-0.12, 0.08))


def test_the_brush_leaves_locked_structures_alone_and_takes_unlocked_ones(editing):
    page = editing
    before, vertebrae = shape(page), shape(page, "vertebra")
    stroke(page, *ABOVE_L12)
    locked = shape(page)
    assert shape(page, "vertebra") == vertebrae
    page.get_by_role("checkbox", name="Lock vertebra").uncheck()
    stroke(page, *ABOVE_L12)
    assert shape(page, "vertebra") != vertebrae
    assert shape(page) not in (before, locked)
    expect(page.get_by_text("1 slice changed")).to_be_visible()


def test_edits_are_undone_and_done_again_and_outlast_a_run_of_the_page(editing):
    page = editing
    before = shape(page)
    page.get_by_role("button", name="Eraser").click()
    stroke(page, (-0.12, 0.13), (-0.10, 0.14))
    erased = shape(page)
    assert erased != before
    page.keyboard.press("Control+z")
    until(page, lambda: shape(page) == before)
    page.keyboard.press("Control+Shift+Z")
    until(page, lambda: shape(page) == erased)
    page.get_by_role("button", name="Run again").click()
    at_rest(page)
    assert shape(page) == erased
    page.get_by_role("button", name="Edit outlines").click()
    expect(page.get_by_text("Apply or discard the changed outlines first.")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    until(page, lambda: shape(page) == before)
    expect(page.get_by_role("button", name="Undo (Ctrl Z)")).to_be_disabled()


def test_an_outline_is_pushed_by_the_sculptor(editing):
    page = editing
    page.get_by_role("checkbox", name="Lock vertebra").uncheck()
    before = shape(page)
    pane(page).focus()
    page.keyboard.press("3")
    expect(page.get_by_role("button", name="Sculpt")).to_have_attribute("aria-pressed", "true")
    frames(page)
    stroke(page, *ACROSS_THE_EDGE)
    assert shape(page) != before
    page.keyboard.press("Control+z")
    until(page, lambda: shape(page) == before)


def test_slices_between_two_edited_ones_are_filled_and_all_reach_the_reading(editing):
    page = editing
    # A slice without outlines has no canal to measure from, so all strokes go where the discs are on this one.
    box = pane(page).locator("path.edge.canal").bounding_box()
    x, y = box["x"] - 0.12 * box["height"], box["y"] + 0.13 * box["height"]
    pane(page).focus()
    for key, shift in (("Home", 0), ("ArrowDown", None), ("ArrowDown", None), ("End", 8)):
        page.keyboard.press(key)
        frames(page)
        if shift is not None:
            page.mouse.move(x - 12, y + shift)
            page.mouse.down()
            page.mouse.move(x + 12, y + shift, steps=4)
            page.mouse.up()
            frames(page)
    expect(page.get_by_text("2 slices changed")).to_be_visible()
    page.keyboard.press("4")
    expect(page.get_by_text("Interpolated: slice 2, 3, 4")).to_be_visible()
    expect(page.get_by_text("5 slices changed")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The outlines are in the reading.")).to_be_visible()
    expect(page.get_by_text(re.compile("^DISC on [0-4]: [0-9]+ pixels by reader$"))).to_have_count(5)
    expect(page.get_by_text("0 slices changed")).to_be_visible()


def test_an_edited_outline_changes_the_measurement_and_is_taken_back(page):
    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    measured = page.get_by_text(re.compile("^Measured on the segmentation: disc height"))
    expect(measured).to_be_visible()
    at_rest(page)
    before = measured.text_content()
    brush_disc(page)
    edited = page.get_by_text("Measured on the edited outline")
    expect(edited).to_contain_text(re.compile(r"disc height [0-9.]+ mm \(segmentation: [0-9.]+\)"))
    at_rest(page)
    page.get_by_text(re.compile(r"^Edited outlines \(")).click()
    expect(
        page.get_by_text(re.compile("Disc L4/L5, slice 8: Dice 0.9.* mm² changed. reader, 20"))
    ).to_be_visible()
    page.get_by_role("button", name="All outlines back to the segmentation").click()
    expect(measured).to_have_text(before)
    page.get_by_text("Correct levels and discs").click()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(edited).to_be_visible()
