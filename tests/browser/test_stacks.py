"""The viewer on stacks that the demonstration study does not have: real slices, a thousand of them, tilted slabs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Request, expect
from scipy.ndimage import map_coordinates
from skimage.io import imread

from tests.browser.conftest import Server, empty_window, serving
from tests.browser.seeing import fitted, pane, shows, slice_of, steady_pixels, wheel
from tests.browser.stacks.made import made, sagittal, tilted
from tests.browser.waiting import PATIENCE, at_rest, frames, steady

pytestmark = pytest.mark.browser

TILT = math.radians(25.0)


@pytest.fixture(scope="module")
def stacks(tmp_path_factory) -> Iterator[Server]:
    with serving("tests/browser/stacks/app.py", tmp_path_factory.mktemp("stacks") / "log") as server:
        yield server


@pytest.fixture
def window(browser) -> Page:
    return empty_window(browser)


def opened(page: Page, server: Server, kind: str) -> None:
    page.goto(f"{server.url}/?stack={kind}")
    expect(page.get_by_role("application").first).to_have_attribute("data-loaded", "true")
    at_rest(page)


def corners(line: Locator) -> np.ndarray:
    """Points of an outline in the pane, (corners, 2) as x and y."""
    return np.array([pair.split(",") for pair in line.get_attribute("points").split()], dtype=float)


def test_real_slices_are_shown_as_they_are_with_their_outlines_on_them(window, stacks, data_dir):
    opened(window, stacks, "real")
    shown = pane(window, "real")
    paths = sorted((data_dir / "spider_space" / "images").glob("110_t2_SPACE_slice*.png"))
    middle = len(paths) // 2
    shows(shown, middle)
    for label, value in (("Window width", "256"), ("Window centre", "128")):
        window.get_by_label(label).fill(value)
        window.get_by_label(label).press("Enter")
    shown.focus()
    shown.press("f")
    wheel(window, shown, 1)
    shows(shown, middle + 1)

    grey = imread(paths[middle + 1]).astype(float)
    series = made("real", grey[None], sagittal(1, 1.0, 0.46875))
    seen = steady_pixels(window, shown)
    (x0, y0), (x1, y1) = fitted(shown, series, 0, 0), fitted(shown, series, 1, 1)
    y, x = np.mgrid[: seen.shape[0], : seen.shape[1]] + 0.5
    expected = map_coordinates(grey, [(y - y0) / (y1 - y0), (x - x0) / (x1 - x0)], order=1, cval=0.0)
    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.99

    shown.press("u")
    mask = imread(paths[middle + 1].parent.parent / "masks" / paths[middle + 1].name)
    lines = shown.locator("polygon.outline.disc").all()
    assert len(lines) >= 5
    for line in lines:
        at = (corners(line) - (x0, y0)) / (x1 - x0, y1 - y0)
        for column, row in at:
            around = mask[
                max(0, round(row) - 2) : round(row) + 3, max(0, round(column) - 2) : round(column) + 3
            ]
            assert (around == 1).any(), "a corner of a disc's outline lies on the disc's edge"
            assert (around != 1).any(), "a corner of a disc's outline lies on the disc's edge"


def test_a_thousand_slices_open_in_the_middle_and_the_neighbours_come_first(window, stacks):
    asked: list[int] = []

    def note(request: Request) -> None:
        if "/pixels/" in request.url:
            asked.append(int(request.url.rsplit("/", 1)[1]))

    window.on("request", note)
    opened(window, stacks, "long")
    shown = pane(window, "long")
    shows(shown, 500)
    assert asked[0] == 500
    assert all(abs(index - 500) <= 12 for index in asked[:12]), asked[:12]
    shown.focus()
    shown.press("End")
    shows(shown, 999)
    expect(shown).to_have_accessible_name("long, slice 1000 of 1000")
    box = shown.bounding_box()
    window.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(window.get_by_text(re.compile("row .*: 999$"))).to_be_visible()
    shown.press("Home")
    shows(shown, 0)
    wheel(window, shown, 3)
    shows(shown, 3)


def test_a_tilted_slab_is_a_line_where_geometry_says_and_a_strangers_slab_is_none(window, stacks):
    opened(window, stacks, "tilted")
    upright, slab, stranger = (pane(window, name) for name in ("sagittal", "slab", "stranger"))
    for one in (upright, slab, stranger):
        expect(one).to_have_attribute("data-loaded", "true")
    upright.focus()
    upright.press("f")
    slab.focus()
    slab.press("Home")
    shows(slab, 0)
    line = upright.locator("svg.svg-layer line").first
    expect(line).to_be_visible()
    steady(window, lambda: [line.get_attribute(end) for end in ("x1", "y1", "x2", "y2")])

    series = tilted()[0][0]
    assert slice_of(upright) == 2

    def place(along: float) -> tuple[float, float]:
        """Where the slab's plane meets the sagittal one, so far behind its first pixel."""
        back, head = 50.0 + along * math.cos(TILT), -90.0 - along * math.sin(TILT)
        return fitted(upright, series, -head / 1.5, back / 1.5)

    (xa, ya), (xb, yb) = place(0.0), place(99.0)
    for number in ("1", "2"):
        x, y = float(line.get_attribute(f"x{number}")), float(line.get_attribute(f"y{number}"))
        away = abs((xb - xa) * (y - ya) - (yb - ya) * (x - xa)) / math.hypot(xb - xa, yb - ya)
        assert away < 1.0
    ends = sorted(float(line.get_attribute(name)) for name in ("x1", "x2"))
    assert ends == pytest.approx(sorted((xa, xb)), abs=2.5)

    stranger.focus()
    expect(upright.locator("svg.svg-layer line")).to_have_count(0)
    at_rest(window)
    expect(upright.locator("svg.svg-layer line")).to_have_count(0)


def test_a_finger_scrolls_and_two_zoom_on_a_tablet(browser, stacks):
    page = browser.new_context(
        viewport={"width": 1024, "height": 768}, has_touch=True, is_mobile=True
    ).new_page()
    page.set_default_timeout(PATIENCE)
    opened(page, stacks, "long")
    shown = pane(page, "long")
    fingers = page.context.new_cdp_session(page)
    box = shown.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})
        frames(page)

    touch("touchStart", (x, y))
    # Cornerstone decides after a while whether a finger taps or drags.
    steady(page, lambda: slice_of(shown), quiet=0.4)
    for step in range(1, 9):
        touch("touchMove", (x, y + 10 * step))
    touch("touchEnd")
    expect(shown).not_to_have_attribute("data-slice", "500")
    moved = slice_of(shown)
    assert moved > 500

    bar = shown.locator("path.scale")
    before = float(bar.get_attribute("data-pixels")) / float(bar.get_attribute("data-millimetres"))
    touch("touchStart", (x - 30, y), (x + 30, y))
    steady(page, lambda: slice_of(shown), quiet=0.4)
    for step in range(1, 9):
        touch("touchMove", (x - 30 - 8 * step, y), (x + 30 + 8 * step, y))
    touch("touchEnd")

    def scale() -> float:
        return float(bar.get_attribute("data-pixels")) / float(bar.get_attribute("data-millimetres"))

    assert steady(page, scale) > 1.2 * before
    assert slice_of(shown) == moved
