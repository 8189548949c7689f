"""Linked panes in windows of every size: 2 to 12 of them, and 18, which show all 17 maps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ElementHandle, Locator, Page, expect

from tests.browser.conftest import Server, empty_window
from tests.browser.waiting import FRAMES

pytestmark = pytest.mark.browser

HANGS = 30_000
"""Milliseconds without a frame after which a page is taken to hang; 18 panes need one or two seconds."""

SIZES = ((1366, 768), (1280, 720), (800, 900), (1600, 1000))

COUNT_RESIZES = """
window.resizes = 0;
window.ResizeObserver = class extends ResizeObserver {
  constructor(callback) {
    super((entries, observer) => {
      if (entries.some(({ target }) => target.classList.contains("pane"))) window.resizes += 1;
      callback(entries, observer);
    });
  }
};
"""
"""Counts in ``window.resizes`` how often panes are told of a new size."""

DRAWN = """({ grid, count }) => {
  const panes = [...grid.children];
  const near = (a, b, by) => Math.abs(a - b) <= by;
  const outer = grid.getBoundingClientRect();
  const boxes = panes.map(pane => pane.getBoundingClientRect());
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const grey = from => {
    const canvas = new OffscreenCanvas(16, 16).getContext("2d");
    canvas.drawImage(from, 0, 0, 16, 16);
    return canvas.getImageData(0, 0, 16, 16).data.filter((_, i) => i % 4 === 0);
  };
  return panes.length === count
    && boxes.every((a, i) => boxes.slice(i + 1).every(b => apart(a, b)))
    && boxes.every(box => box.left >= outer.left - 1 && box.right <= outer.right + 1 && box.bottom <= outer.bottom + 1)
    && boxes.every(box => box.width >= 160 && box.height >= 160)
    && panes.every((pane, i) => {
      const slice = pane.querySelector("canvas.cornerstone-canvas"), map = pane.querySelector("canvas.maps");
      const seen = pane.querySelector("polygon.crop")?.getBoundingClientRect();
      const sized = canvas => near(canvas.width, boxes[i].width * devicePixelRatio, 1)
        && near(canvas.height, boxes[i].height * devicePixelRatio, 1);
      return seen && pane.dataset.loaded === "true" && sized(slice) && (i === 0 ? map.width === 0 : sized(map))
        && new Set(grey(slice)).size > 4
        && near(Math.max(seen.width / boxes[i].width, seen.height / boxes[i].height), 0.96, 0.02);
    });
}"""
"""Whether every pane shows slice and map at its own size, fitted to the crop, and clear of the others."""

TOGETHER = """({ grid, slice, wider }) => {
  const widths = [...grid.children].map(pane => pane.querySelector("polygon.crop")?.getBoundingClientRect().width);
  return [...grid.children].every(pane => pane.dataset.slice === slice)
    && (!wider || widths.every(width => width > wider && Math.abs(width - widths[0]) < 1));
}"""


@pytest.fixture
def window(browser: Browser, linked: Server) -> Iterator[Page]:
    """Scripts that fail on the page fail the test."""
    failures: list[str] = []
    page = empty_window(browser)
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.add_init_script(COUNT_RESIZES)
    page.goto(linked.url)
    expect(page.get_by_role("application")).to_have_count(3)
    yield page
    assert not failures


def has(page: Page, count: int) -> None:
    """Asks the page for ``count`` panes, without waiting for what they show."""
    field = page.get_by_label("Number of panes")
    field.fill(str(count))
    field.press("Enter")
    expect(page.get_by_role("application")).to_have_count(count)


def answers(page: Page) -> None:
    page.wait_for_function(FRAMES, timeout=HANGS)


def grid(page: Page) -> ElementHandle:
    return page.locator(".panes").element_handle(timeout=HANGS)


def drawn(page: Page, count: int) -> None:
    answers(page)
    page.wait_for_function(DRAWN, arg={"grid": grid(page), "count": count}, timeout=HANGS)


def linked_still(page: Page) -> None:
    """Scrolls one pane and zooms another: all must follow."""
    panes = page.get_by_role("application")
    width = crop_width(panes.first)
    panes.last.press("ArrowUp")
    page.wait_for_function(TOGETHER, arg={"grid": grid(page), "slice": "1", "wider": 0}, timeout=HANGS)
    panes.last.press("ArrowDown")
    page.wait_for_function(TOGETHER, arg={"grid": grid(page), "slice": "2", "wider": 0}, timeout=HANGS)
    panes.first.press("+")
    page.wait_for_function(
        TOGETHER, arg={"grid": grid(page), "slice": "2", "wider": width * 1.1}, timeout=HANGS
    )


def crop_width(pane: Locator) -> float:
    box = pane.locator("polygon.crop").bounding_box()
    assert box is not None
    return box["width"]


def test_a_window_of_any_size_holds_any_number_of_panes(window):
    for count in (*range(2, 13), 18):
        has(window, count)
        for width, height in SIZES if count in (6, 18) else SIZES[count % 2 :: 2]:
            before = window.evaluate("window.resizes")
            window.set_viewport_size({"width": width, "height": height})
            drawn(window, count)
            assert window.evaluate("window.resizes") - before <= 4, f"{count} panes at {width} x {height}"
        linked_still(window)
    has(window, 5)
    finer = {"width": 1100, "height": 700, "deviceScaleFactor": 1.5, "mobile": False}
    window.context.new_cdp_session(window).send("Emulation.setDeviceMetricsOverride", finer)
    drawn(window, 5)


def test_the_edge_of_a_window_is_dragged_and_panes_are_clicked_in_turn(window):
    """Three methods, the usual number: the more often their panes were linked anew, the longer a change took."""
    has(window, 4)
    drawn(window, 4)
    for step in range(20):
        window.set_viewport_size({"width": 1280 - 10 * step, "height": 720})
        answers(window)
        window.get_by_role("application").nth(step % 4).focus(timeout=HANGS)
    drawn(window, 4)
    linked_still(window)


def test_panes_behind_an_enlarged_one_follow_it(window):
    has(window, 4)
    drawn(window, 4)
    width = crop_width(window.get_by_role("application").first)
    third = window.get_by_role("application").nth(2)
    third.press("Enter")
    shown = window.get_by_role("application")
    expect(shown).to_have_count(1)
    answers(window)
    shown.press("ArrowDown")
    expect(shown).to_have_attribute("data-slice", "3")
    shown.press("ArrowDown")
    expect(shown).to_have_attribute("data-slice", "4")
    shown.press("+")
    shown.press("+")
    shown.press("Enter")
    expect(shown).to_have_count(4)
    state = {"grid": grid(window), "slice": "4", "wider": 0}
    window.wait_for_function(TOGETHER, arg=state, timeout=HANGS)
    third.press("ArrowUp")
    third.press("ArrowUp")
    window.wait_for_function(TOGETHER, arg=state | {"slice": "2", "wider": width * 1.2}, timeout=HANGS)
