"""The viewer in a real browser, on the demonstration phantom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, Route, expect

from pages.components.study_jobs import DEMONSTRATION
from spine_core.phantom import demo_study
from spine_core.study import open_study, sources_from_path
from spine_core.study.types import Plane, Series, Study, Weighting
from tests.browser.conftest import LOCAL, empty_window, on_a_slow_network
from tests.browser.seeing import drag, fitted, pane, pixels, shows, slice_of, steady_pixels, wheel
from tests.browser.waiting import at_rest, steady, until

pytestmark = pytest.mark.browser


@cache
def phantom() -> Study:
    return open_study(sources_from_path(demo_study(DEMONSTRATION)))


def series_of(plane: Plane, weighting: Weighting) -> Series:
    return next(s for s in phantom().series if (s.plane, s.weighting) == (plane, weighting))


@pytest.fixture(scope="module")
def demonstration(chromium, server) -> Iterator[Page]:
    """One page with the demonstration study, read once for all tests that do not change the study."""
    page = empty_window(chromium)
    # Every load of the page starts with the viewer's own settings.
    page.add_init_script("sessionStorage.removeItem('spinelens-viewer')")
    page.goto(f"{server.url}/?study=demo")
    page.get_by_role("link", name="Read", exact=True).click()
    # A page that is left earlier has no study yet that it could restore.
    expect(page.get_by_role("button", name="L4/L5, Disc herniation")).to_be_visible()
    at_rest(page)
    yield page
    page.context.close()


@pytest.fixture
def read(demonstration, server) -> Iterator[Page]:
    """The Read page as it opens, with the phantom read and hung. Scripts that fail on the page fail the test."""
    page, failures = demonstration, []

    def note(error: object) -> None:
        failures.append(str(error))

    page.on("pageerror", note)
    page.goto(f"{server.url}/read")
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    expect(page.get_by_text("L4/L5 · Disc herniation")).to_be_visible()
    for name in ("Sagittal T2", "Sagittal T1", "Axial T2"):
        expect(pane(page, name)).to_have_attribute("data-loaded", "true")
    at_rest(page)
    yield page
    page.unroute_all()
    page.get_by_role("button", name="Remove all measurements").click()
    for button in page.get_by_role("button", name=re.compile("^Remove the key image")).all():
        button.click()
    page.remove_listener("pageerror", note)
    assert not failures


class PixelRequests:
    """Requests for slices and their answers, from now on."""

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        self.open = 0
        page.on("request", self._sent)
        for end in ("requestfinished", "requestfailed"):
            page.on(end, self._ended)

    def _sent(self, request: Request) -> None:
        if "/pixels/" in request.url:
            self.sent.append(request.url)
            self.open += 1

    def _ended(self, request: Request) -> None:
        self.open -= "/pixels/" in request.url

    def settle(self, page: Page) -> None:
        """Waits until the viewer has every slice that it fetches ahead."""
        until(page, lambda: self.open == 0)
        steady(page, lambda: (len(self.sent), self.open), quiet=0.5)


def test_one_tick_is_one_slice_after_many_runs_of_the_page(read):
    t2 = pane(read)
    for number in range(20):
        name = ("Disc herniation", "Disc bulging")[number % 2]
        read.get_by_role("button", name=f"L4/L5, {name}").click()
        expect(read.get_by_text(f"L4/L5 · {name}")).to_be_visible()
    start = slice_of(t2)
    for step in range(1, 4):
        wheel(read, t2, 1)
        shows(t2, start + step)
    wheel(read, t2, -2)
    shows(t2, start + 1)
    # The run of the page that the report starts does not turn it back.
    at_rest(read)
    shows(t2, start + 1)


def test_the_keyboard_scrolls_and_stops_at_the_ends(read):
    t2 = pane(read)
    t2.focus()
    for key, index in (
        ("Home", 0), ("ArrowUp", 0), ("ArrowDown", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("PageDown", 6),
        ("PageUp", 1), ("End", 14), ("PageDown", 14),
    ):  # fmt: skip
        t2.press(key)
        shows(t2, index)
    expect(t2).to_have_accessible_name("Sagittal T2, slice 15 of 15")
    t2.press("?")
    help_ = read.get_by_role("dialog", name="Keyboard and mouse")
    expect(help_).to_be_visible()
    read.keyboard.press("Escape")
    expect(help_).not_to_be_visible()


def test_a_window_drag_changes_pixels_without_a_message_to_the_server(read):
    requests = PixelRequests(read)
    requests.settle(read)
    sent, before = [], steady_pixels(read, pane(read))
    read.evaluate(
        "() => { const send = WebSocket.prototype.send; window.sent = 0;"
        " WebSocket.prototype.send = function (...a) { window.sent += 1; return send.apply(this, a); }; }"
    )
    read.on("request", lambda request: sent.append(request.url))
    drag(read, pane(read), (150, 90))
    until(read, lambda: np.abs(pixels(pane(read)) - before).mean() > 3)
    at_rest(read)
    assert read.evaluate("window.sent") == 0
    assert not sent
    read.get_by_label("Window preset").select_option("Header")
    until(read, lambda: np.abs(pixels(pane(read)) - before).mean() < 0.5)


def test_a_typed_window_shows_the_grey_that_python_computes_at_the_place_that_geometry_says(read):
    from scipy.ndimage import map_coordinates

    from spine_core.study.intensity.window import to_grey

    t2, series = pane(read), series_of(Plane.SAGITTAL, Weighting.T2)
    for label, value in (("Window width", "600"), ("Window centre", "300")):
        read.get_by_label(label).fill(value)
        read.get_by_label(label).press("Enter")
    t2.focus()
    t2.press("f")
    shown, grey = steady_pixels(read, t2), to_grey(series, slice_of(t2), (300.0, 600.0)).astype(float)
    (x0, y0), (x1, y1) = fitted(t2, series, 0, 0), fitted(t2, series, 1, 1)
    y, x = np.mgrid[: shown.shape[0], : shown.shape[1]] + 0.5
    expected = map_coordinates(grey, [(y - y0) / (y1 - y0), (x - x0) / (x1 - x0)], order=1, cval=0.0)
    assert np.abs(shown - expected).mean() < 2.5
    moved = map_coordinates(grey, [(y - y0) / (y1 - y0) + 1, (x - x0) / (x1 - x0)], order=1, cval=0.0)
    assert np.abs(shown - moved).mean() > 2 * np.abs(shown - expected).mean()
    t2.press("i")
    inside = expected > 0
    until(read, lambda: np.abs(pixels(t2) + shown - 255)[inside].mean() < 2.5)


def test_the_reference_line_lies_where_geometry_says(read):
    t2, axial = pane(read), pane(read, "Axial T2")
    axial.focus()
    axial.press("f")
    t2.click(position={"x": 20, "y": 200})
    t2.press("Home")
    for key in ("PageDown", "ArrowDown"):
        t2.press(key)
    shows(t2, 6)
    sagittal = series_of(Plane.SAGITTAL, Weighting.T2)
    uid = axial.get_attribute("data-series")
    target = next(s for s in phantom().series if s.uid == uid)
    line = axial.locator("svg.svg-layer line").first
    expect(line).to_be_visible()
    ends = [float(line.get_attribute(name)) for name in ("x1", "y1", "x2", "y2")]
    normal, origin = sagittal.geometry.normal, sagittal.geometry.positions[6]
    for x, y in (ends[:2], ends[2:]):
        # The column at which the axial slice meets the sagittal plane, for the row of this end.
        box = axial.bounding_box()
        scale = min(
            box["width"] / (target.columns * target.spacing[1]),
            box["height"] / (target.rows * target.spacing[0]),
        )
        row = (y - box["height"] / 2) / scale / target.spacing[0] + (target.rows - 1) / 2
        start = target.geometry.to_patient(slice_of(axial), row, 0.0)
        step = target.geometry.row_direction * target.spacing[1]
        column = float((origin - start) @ normal / (step @ normal))
        place = fitted(axial, target, row, column)
        assert x == pytest.approx(place[0], abs=1.0)


def test_labels_and_markers_lie_on_the_discs_of_the_reading(read):
    from spine_core.grading.read import read_study
    from spine_core.networks.registry import load_bundle

    t2, series = pane(read), series_of(Plane.SAGITTAL, Weighting.T2)
    t2.focus()
    t2.press("f")
    steady_pixels(read, t2)
    for disc in read_study(phantom(), load_bundle()).discs:
        mark = t2.get_by_role("button", name=re.compile(f"^{disc.level[:2]}.{disc.level[3:]}")).locator(
            ".dot"
        )
        place = [float(mark.get_attribute(name)) for name in ("cx", "cy")]
        assert place == pytest.approx(fitted(t2, series, *disc.center_px), abs=1.5)
    assert t2.locator(".letter").all_text_contents() == ["P", "A", "F", "H"]


def test_a_finding_moves_the_viewer_and_a_disc_selects_its_findings(read):
    t2 = pane(read)
    t2.focus()
    t2.press("Home")
    shows(t2, 0)
    read.get_by_role("button", name="L2/L3, Disc bulging").click()
    expect(read.get_by_text("L2/L3 · Disc bulging")).to_be_visible()
    expect(t2).not_to_have_attribute("data-slice", "0")
    expect(pane(read, "Axial T2, L2.L3")).to_be_visible()
    for _ in range(8):
        t2.press("+")
    read.get_by_role("button", name="L3/L4, Disc bulging").click()
    expect(t2.locator(".mark.selected .name")).to_have_text("L3/L4")
    at_rest(read)
    dot, box = t2.locator("[data-level='L3/L4'] .dot"), t2.bounding_box()
    assert float(dot.get_attribute("cx")) == pytest.approx(box["width"] / 2, abs=2)
    assert float(dot.get_attribute("cy")) == pytest.approx(box["height"] / 2, abs=2)
    t2.press("f")
    t2.locator("[data-level='L1/L2'] .name").click()
    expect(read.get_by_text("L1/L2 · Disc bulging")).to_be_visible()


def test_the_keyboard_selects_a_disc_stays_there_and_goes_on(read):
    t2 = pane(read)
    here, on = (t2.locator(f".mark[data-level='{level}']") for level in ("L2/L3", "L3/L4"))
    here.focus()
    here.press("Enter")
    expect(t2.locator(".mark.selected .name")).to_have_text("L2/L3")
    at_rest(read)
    expect(here).to_be_focused()
    slice_ = int(t2.get_attribute("data-slice"))
    here.press("ArrowUp")
    shows(t2, slice_ - 1)
    expect(here).to_be_focused()
    here.press("Tab")
    expect(on).to_be_focused()
    on.press("Shift+Tab")
    expect(here).to_be_focused()


def test_a_cell_that_is_pressed_while_the_page_is_drawn_anew_is_selected_and_keeps_the_focus(read):
    cell, other = (read.get_by_role("button", name=f"{level}, Disc bulging") for level in ("L3/L4", "L2/L3"))
    cell.hover()
    read.mouse.down()
    other.dispatch_event("click")
    expect(read.get_by_text("L2/L3 · Disc bulging")).to_be_visible()
    at_rest(read)
    read.mouse.up()
    expect(read.get_by_text("L3/L4 · Disc bulging")).to_be_visible()
    expect(cell).to_be_focused()


def test_the_slice_is_kept_over_pages_and_no_pixel_is_sent_again(read):
    t2 = pane(read)
    requests = PixelRequests(read)
    t2.focus()
    t2.press("Home")
    t2.press("ArrowDown")
    shows(t2, 1)
    at_rest(read)
    requests.settle(read)
    read.get_by_role("link", name="Model", exact=True).click()
    expect(read.get_by_text("Performance by finding")).to_be_visible()
    requests.sent.clear()
    read.get_by_role("link", name="Read", exact=True).click()
    shows(pane(read), 1)
    for name in ("Sagittal T2", "Sagittal T1", "Axial T2"):
        expect(pane(read, name)).to_have_attribute("data-loaded", "true")
    at_rest(read)
    requests.settle(read)
    assert requests.sent == []


def test_a_series_that_comes_while_the_page_is_drawn_anew_is_shown_whole(read):
    held: list[Route] = []
    read.route("**/pixels/**", lambda route: held.append(route))
    picker = pane(read, "Axial T2").get_by_label("Series of this pane")
    expect(pane(read).get_by_label("Series of this pane")).to_contain_text("Axial T2, L5/S1")
    picker.select_option(label="Axial T2, L5/S1")
    read.get_by_role("button", name="L4/L5, Disc bulging").click()
    expect(read.get_by_text("L4/L5 · Disc bulging")).to_be_visible()
    at_rest(read)
    (route,) = held
    series, _, shown = route.request.url.rpartition("/")
    first, second = (f"{series}/{index}" for index in range(3) if str(index) != shown)
    # Once it is there its neighbours are fetched ahead.
    with read.expect_request(first), read.expect_request(second):
        route.continue_()


def test_panes_are_one_two_three_four_and_a_double_click_enlarges(read):
    panes = read.get_by_role("application")
    for name, count in (("One pane", 1), ("Two panes", 2), ("Four panes", 4), ("One large", 3)):
        read.get_by_role("button", name=name).click()
        expect(panes).to_have_count(count)
    pane(read, "Sagittal T1").dblclick(position={"x": 30, "y": 120})
    expect(panes).to_have_count(1)
    expect(pane(read, "Sagittal T1")).to_be_visible()
    pane(read, "Sagittal T1").press("Enter")
    expect(panes).to_have_count(3)


def test_a_sagittal_pane_opens_on_the_spine_and_f_shows_the_whole_slice(read):
    t2, series = pane(read), series_of(Plane.SAGITTAL, Weighting.T2)
    box = t2.bounding_box()
    dots = [
        (float(dot.get_attribute("cx")), float(dot.get_attribute("cy"))) for dot in t2.locator(".dot").all()
    ]
    assert len(dots) == 5
    assert all(0 < x < box["width"] and 0 < y < box["height"] for x, y in dots)
    opened = max(y for _, y in dots) - min(y for _, y in dots)
    # One inter-disc distance above and below five discs: they span about four of six distances.
    assert 0.55 < opened / box["height"] < 0.75
    t2.press("f")
    until(read, lambda: extent_of_discs(read) < 0.9 * opened)
    bar = t2.locator("path.scale")
    scale = float(bar.get_attribute("data-pixels")) / float(bar.get_attribute("data-millimetres"))
    millimetres = np.array([series.rows * series.spacing[0], series.columns * series.spacing[1]])
    filled = scale * millimetres / [box["height"], box["width"]]
    assert filled.max() == pytest.approx(1.0, abs=0.01), "the whole slice fits the pane"
    button = read.get_by_role("button", name="Zoom to the spine")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    until(read, lambda: extent_of_discs(read) == pytest.approx(opened, rel=0.01))


def extent_of_discs(page: Page) -> float:
    """Pixels between the highest and the lowest disc of the sagittal T2 pane."""
    y = [float(dot.get_attribute("cy")) for dot in pane(page).locator(".dot").all()]
    return max(y) - min(y)


def test_a_selected_disc_that_is_visible_moves_no_pane_that_shows_its_first_view(read):
    dots = pane(read).locator(".dot")
    before = [dot.get_attribute("cy") for dot in dots.all()]
    read.get_by_role("button", name="L1/L2, Disc bulging").click()
    expect(pane(read).locator(".mark.selected .name")).to_have_text("L1/L2")
    at_rest(read)
    assert [dot.get_attribute("cy") for dot in dots.all()] == before


@pytest.mark.parametrize("how", ["key", "button"])
def test_a_pane_fills_the_window_and_escape_puts_it_back(read, how):
    panes = read.get_by_role("application")
    t1 = pane(read, "Sagittal T1")
    before = t1.bounding_box()
    t1.focus()
    if how == "key":
        t1.press("m")
    else:
        read.get_by_role("button", name="Fill the window").click()
    expect(panes).to_have_count(1)
    expect(t1).to_be_focused()
    size = read.viewport_size
    box = steady(read, t1.bounding_box)
    assert box["width"] > 0.98 * size["width"]
    assert box["height"] > 0.85 * size["height"]
    covered = read.evaluate(
        "() => document.elementFromPoint(20, innerHeight - 20)?.closest('[data-testid=stSidebar]') ?? null"
    )
    assert covered is None, "the viewer lies above the rest of the page"
    slice_ = slice_of(t1)
    t1.press("ArrowDown")
    shows(t1, slice_ + 1)
    expect(read.get_by_role("button", name="Fill the window")).to_have_attribute("aria-pressed", "true")
    report = Axe().run(read, options={"resultTypes": ["violations"]})
    assert not report.response["violations"], report.generate_report()
    # The page below is still there, but the keyboard does not leave the viewer for it.
    read.get_by_role("button", name="Window: drag").focus()
    read.keyboard.press("Shift+Tab")
    expect(t1).to_be_focused()
    t1.focus()
    t1.press("?")
    expect(read.get_by_role("dialog")).to_be_visible()
    read.keyboard.press("Escape")
    expect(panes).to_have_count(1)
    expect(t1).to_be_visible()
    t1.press("Escape")
    expect(panes).to_have_count(3)
    expect(t1).to_be_focused()
    assert steady(read, t1.bounding_box) == before
    shows(t1, slice_ + 1)


def test_panes_follow_each_other_while_their_positions_are_linked_and_no_longer(read):
    read.get_by_role("button", name="Four panes").click()
    panes = read.get_by_role("application")
    expect(panes).to_have_count(4)
    second, fourth = panes.nth(1), panes.nth(3)
    fourth.get_by_role("combobox").select_option("Sagittal T1")
    expect(fourth).to_have_accessible_name(re.compile("^Sagittal T1, slice 8 of 15"))
    link = read.get_by_role("button", name="Link slice positions")
    link.click()
    second.press("ArrowDown")
    for linked in (second, fourth):
        shows(linked, 8)
    link.click()
    second.press("ArrowDown")
    shows(second, 9)
    fourth.press("ArrowUp")
    shows(fourth, 7)


def test_a_length_is_in_millimetres_of_the_slice(read):
    t2, series = pane(read), series_of(Plane.SAGITTAL, Weighting.T2)
    t2.focus()
    t2.press("f")
    t2.press("d")
    box = t2.bounding_box()
    scale = min(
        box["width"] / (series.columns * series.spacing[1]), box["height"] / (series.rows * series.spacing[0])
    )
    drag(read, t2, (120, 0))
    text = t2.locator("svg.svg-layer text").first
    expect(text).to_contain_text("mm")
    said = float(re.search(r"([\d.]+) mm", text.text_content()).group(1))
    assert said == pytest.approx(120 / scale, abs=1.0)


def test_key_images_are_marked_noted_and_gone_to(read):
    t2 = pane(read)
    t2.focus()
    t2.press("Home")
    shows(t2, 0)
    t2.press("k")
    note = read.get_by_label("Note to Sagittal T2, slice 1")
    note.fill("sharp edge")
    note.press("Enter")
    t2.press("End")
    shows(t2, 14)
    at_rest(read)
    read.get_by_role("link", name="Model", exact=True).click()
    expect(read.get_by_text("Performance by finding")).to_be_visible()
    read.get_by_role("link", name="Read", exact=True).click()
    expect(read.get_by_label("Note to Sagittal T2, slice 1")).to_have_value("sharp edge")
    read.get_by_role("button", name="Sagittal T2, slice 1", exact=True).click()
    shows(pane(read), 0)


def test_a_note_that_is_being_typed_outlasts_an_answer_of_the_server(page):
    on_a_slow_network(page)
    page.get_by_role("link", name="Read", exact=True).click()
    expect(pane(page)).to_have_attribute("data-loaded", "true")
    expect(page.get_by_role("link", name="Explain this finding")).to_be_visible()
    at_rest(page)
    late = page.evaluate("window.slow = 1000, window.late")
    pane(page).press("k")
    note = page.get_by_label(re.compile("^Note to Sagittal T2"))
    note.fill("half a tho")
    # The report of the key image runs the page, whose answer comes a second late.
    page.wait_for_function("count => window.late > count", arg=late)
    at_rest(page)
    expect(note).to_have_value("half a tho")
    expect(note).to_be_focused()


def test_the_layout_outlasts_a_reload_of_the_tab_and_names_no_series(page):
    page.get_by_role("link", name="Read", exact=True).click()
    expect(pane(page)).to_have_attribute("data-loaded", "true")
    page.get_by_role("button", name="Two panes").click()
    expect(page.get_by_role("application")).to_have_count(2)
    at_rest(page)
    page.reload()
    expect(page.get_by_role("application")).to_have_count(2)
    expect(page.get_by_role("button", name="Two panes")).to_have_attribute("aria-pressed", "true")
    stored = json.loads(page.evaluate("sessionStorage.getItem('spinelens-viewer')"))
    assert stored["layout"] == 2
    assert set(stored) == {"layout", "opacity", "threshold", "zoomedToRegion", "windows"}
    text = json.dumps(stored)
    assert not [one.uid for one in phantom().series if one.uid in text or (one.description or "-") in text]


def test_pixels_answer_only_the_browser_that_opened_the_study(page, server):
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.get_by_role("link", name="Read", exact=True).click()
    expect(pane(page)).to_have_attribute("data-loaded", "true")
    address = next(url for url in seen if "/pixels/" in url)
    own = page.context.request.get(address)
    assert own.status == 200
    assert "private" in own.headers["cache-control"]
    cookie = next(c for c in page.context.cookies() if c["name"] == "spinelens-browser")
    assert cookie["httpOnly"]
    other = page.context.browser.new_context()
    other.request.get(server.url)
    assert other.request.get(address).status == 404
    with pytest.raises(OSError, match="404"):
        LOCAL.open(address)
    text = server.log.read_text()
    assert "/pixels/" not in text
