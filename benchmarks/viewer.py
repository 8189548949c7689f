"""First slice and steps of the viewer beside st.slider with st.image, in headless Chromium on this machine.

From the key or the choice of a series in the browser to the drawn slice, median of the steps. Two stacks of 120 slices
of 512 x 512, 16 bits in the viewer, 8 bits as PNG under the slider; software rendering where there is no GPU.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.chromium import launch
from tests.browser.conftest import serving

STEPS = 100

WATCH = """() => {
  window.times = { start: 0, end: 0 };
  for (const name of ["keydown", "change"])
    window.addEventListener(name, () => { window.times = { start: performance.now(), end: 0 }; }, true);
  document.addEventListener("load", (event) => {
    if (event.target.tagName === "IMG") window.times.end ||= performance.now();
  }, true);
}"""
WATCH_PANE = """pane => {
  // A change inside a component's shadow is not heard outside.
  pane.getRootNode().addEventListener("change", () => { window.times = { start: performance.now(), end: 0 }; }, true);
  new MutationObserver(() => { window.times.end ||= performance.now(); })
    .observe(pane, { attributeFilter: ["data-slice", "data-series"] });
}"""


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("benchmarks/stack/app.py", Path(folder) / "log") as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(server.url)
        page.evaluate(WATCH)
        pane = page.get_by_role("application")
        page.wait_for_selector("[data-loaded=true]")
        page.wait_for_timeout(1500)
        pane.evaluate(WATCH_PANE)
        viewer_first = _timed(page, lambda: page.get_by_label("Series of this pane").select_option("b"))
        page.wait_for_timeout(3000)
        viewer = _steps(page, pane, "ArrowDown")

        page.goto(f"{server.url}/?slider=1")
        page.evaluate(WATCH)
        page.wait_for_selector("img")
        page.wait_for_timeout(1500)
        slider_first = _timed(page, lambda: page.get_by_text("b", exact=True).click())
        slider = _steps(page, page.get_by_role("slider"), "ArrowRight")
        browser.close()
    print(f"{'milliseconds':<14}{'viewer':>10}{'slider':>10}{'slider / viewer':>18}")
    for name, mine, other in (("first slice", viewer_first, slider_first), ("one step", viewer, slider)):
        print(f"{name:<14}{mine:>10.0f}{other:>10.0f}{other / mine:>18.1f}")


def _timed(page: Page, act) -> float:
    act()
    page.wait_for_function("window.times.end > 0", polling=10)
    return page.evaluate("window.times.end - window.times.start")


def _steps(page: Page, on: Locator, key: str) -> float:
    on.focus()
    return statistics.median(_timed(page, lambda: page.keyboard.press(key)) for _ in range(STEPS))


if __name__ == "__main__":
    main()
