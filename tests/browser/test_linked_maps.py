"""Linked panes with maps, as Explain and Compare will show them; with WebGL and without."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import LOCAL, Server, empty_window
from tests.browser.waiting import steady, until

pytestmark = pytest.mark.browser

NO_WEBGL = """
for (const canvas of [HTMLCanvasElement, OffscreenCanvas]) {
  const get = canvas.prototype.getContext;
  canvas.prototype.getContext = function (kind, ...rest) {
    return kind.includes("webgl") ? null : get.call(this, kind, ...rest);
  };
}
"""


PAINTED_COLUMNS = """canvas => {
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const painted = new Set();
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) painted.add(((i - 3) / 4) % width);
  return painted.size;
}"""

HALVES = """canvas => {
  const middle = Math.floor(canvas.width / 2);
  const drawn = (from, to) => canvas.getContext("2d")
    .getImageData(from, 0, to - from, canvas.height).data.some((value, i) => i % 4 === 3 && value > 0);
  return [drawn(0, middle - 2), drawn(middle + 2, canvas.width)];
}"""


def opened(browser: Browser, server: Server, script: str = "", *, on_crop: bool = False) -> Page:
    page = empty_window(browser)
    if script:
        page.add_init_script(script)
    page.goto(server.url)
    panes = page.get_by_role("application")
    expect(panes).to_have_count(3)
    for pane in panes.all():
        expect(pane).to_have_attribute("data-loaded", "true")
    steady(page, lambda: crops(page))
    expect(page.locator(".viewer")).to_have_attribute("data-renderer", "cpu" if script else "webgl")
    if not on_crop:
        page.get_by_role("button", name="Zoom to the network input").click()
        steady(page, lambda: crops(page))
    return page


def crops(page: Page) -> list[dict[str, float] | None]:
    """Where each pane draws the edge of the network's crop."""
    return [pane.locator("polygon.crop").bounding_box() for pane in page.get_by_role("application").all()]


def overlay(pane: Locator) -> np.ndarray:
    """RGBA of the layer of maps, (rows, columns, 4), or nothing where no map is drawn."""
    rows, columns, data = pane.locator("canvas.maps").evaluate(
        """canvas => canvas.width === 0 ? [0, 0, []] : [canvas.height, canvas.width,
             [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]]"""
    )
    return np.array(data).reshape(rows, columns, 4)


@pytest.mark.parametrize("script", ["", NO_WEBGL], ids=["webgl", "cpu"])
def test_maps_change_their_look_without_the_server_and_panes_move_together(browser, linked, script):
    page = opened(browser, linked, script)
    original, grad_cam, shap = page.get_by_role("application").all()
    assert overlay(original).size == 0
    first = overlay(grad_cam)
    shown = first[..., 3] > 0
    assert np.median(first[shown][:, 3]) == pytest.approx(0.55 * 255, abs=2)

    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_label("Opacity").fill("100")
    assert np.median(overlay(grad_cam)[shown][:, 3]) == 255
    page.get_by_label("Threshold").fill("40")
    # Of 120 rows with relevance, 40 lie at 0.3 of the peak: they go.
    strong = overlay(grad_cam)[..., 3] > 0
    assert strong.sum() / shown.sum() == pytest.approx(80 / 120, abs=0.02)
    against = overlay(shap)
    red, _, blue = np.median(against[against[..., 3] == 255][:, :3], axis=0)
    assert blue > red, "relevance against the answer is blue"
    assert not sent

    # The map lies on the pixels it belongs to: columns 10 to 64 of 128, the middle of the slice in the middle.
    columns = np.flatnonzero(strong.any(0))
    scale = strong.shape[0] / 160 if strong.shape[0] / 160 < strong.shape[1] / 128 else strong.shape[1] / 128
    # Cornerstone's CPU path rounds its canvas and centres to whole pixels; slice and map move by the same.
    near = 2.5 if script else 1.5
    assert columns[-1] + 1 == pytest.approx(strong.shape[1] / 2, abs=near)
    assert columns[0] == pytest.approx(strong.shape[1] / 2 - 54 * scale, abs=near)

    original.press("ArrowDown")
    for pane in (original, grad_cam, shap):
        expect(pane).to_have_attribute("data-slice", "3")
    assert not overlay(grad_cam)[..., 3].any(), "the map belongs to another slice"
    original.press("ArrowUp")
    expect(grad_cam).to_have_attribute("data-slice", "2")

    def map_width() -> float:
        return grad_cam.locator("canvas.maps").evaluate(PAINTED_COLUMNS)

    width = steady(page, map_width)
    assert width > 0
    for _ in range(2):
        original.press("+")
    until(page, lambda: map_width() > width * 1.1)


@pytest.mark.parametrize("script", ["", NO_WEBGL], ids=["webgl", "cpu"])
def test_panes_open_on_what_the_networks_saw_and_stay_so_when_the_window_changes(browser, linked, script):
    page = opened(browser, linked, script, on_crop=True)

    def fills(share: float) -> None:
        for pane in page.get_by_role("application").all():
            whole, seen = pane.bounding_box(), pane.locator("polygon.crop").bounding_box()
            for side in ("width", "height"):
                assert seen[side] <= whole[side] + 2
            assert max(seen[side] / whole[side] for side in ("width", "height")) == pytest.approx(
                share, abs=0.02
            )
            for start, side in (("x", "width"), ("y", "height")):
                middle = seen[start] + seen[side] / 2
                assert middle == pytest.approx(whole[start] + whole[side] / 2, abs=2)

    fills(0.96)
    page.set_viewport_size({"width": 1100, "height": 900})
    steady(page, lambda: crops(page), quiet=0.6)
    fills(0.96)
    page.get_by_role("application").first.press("f")
    boxes = steady(page, lambda: crops(page))
    assert max(boxes[0][side] for side in ("width", "height")) < 200, (
        "the whole slice is 160 pixels high, not 60"
    )
    assert {round(box["width"]) for box in boxes} == {round(boxes[0]["width"])}, "zoom is linked"


def test_two_maps_are_swiped_and_blinked_in_one_pane(browser, linked):
    page = opened(browser, linked)
    grad_cam = page.get_by_role("application").nth(1)
    grad_cam.focus()
    page.get_by_label("Threshold").fill("0")
    page.get_by_role("button", name="Swipe between").click()

    def halves() -> tuple[bool, bool]:
        """Whether anything is drawn left and right of the middle."""
        left, right = grad_cam.locator("canvas.maps").evaluate(HALVES)
        return left, right

    until(page, lambda: halves() == (True, True))
    page.get_by_label("Position of the swipe").fill("100")
    assert halves() == (True, False)
    page.get_by_label("Position of the swipe").fill("0")
    assert halves() == (False, True)
    page.get_by_role("button", name="Swipe between").click()
    assert halves() == (True, False)
    grad_cam.press("b")

    def shows_alone(half: tuple[bool, bool]) -> bool:
        now = halves()
        assert now in ((True, False), (False, True))
        return now == half

    for half in ((False, True), (True, False)) * 2:
        until(page, partial(shows_alone, half))


def test_the_pixel_under_the_pointer_is_read_out_with_the_value_of_the_map(browser, linked):
    page = opened(browser, linked)
    shap = page.get_by_role("application").nth(2)
    box = shap.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
    expect(page.get_by_text("map -2.00")).to_be_visible()


def test_pixels_are_gone_when_the_session_has_ended(browser, linked):
    context = browser.new_context()
    page = context.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto(linked.url)
    expect(page.get_by_role("application").first).to_have_attribute("data-loaded", "true")
    address = next(url for url in seen if "/pixels/" in url)
    assert context.request.get(address).status == 200
    page.close()
    watcher = context.new_page()
    until(watcher, lambda: context.request.get(address).status == 404)
    with LOCAL.open(f"{linked.url}/_stcore/health") as alive:
        assert alive.status == 200
