"""Seconds that a reader waits in the browser, on the demonstration study, in headless Chromium on this machine.

The server is started anew for each round: nothing is loaded before the first click. The work of the server is the
product's; the browser draws without a GPU. Median and range of the rounds.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.chromium import launch
from tests.browser.conftest import serving
from tests.browser.waiting import PATIENCE

ROUNDS = 3
METHODS = ("Grad-CAM", "LIME", "SHAP")


def main() -> None:
    expect.set_options(timeout=PATIENCE)
    rounds = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        for number in range(ROUNDS):
            with serving("app.py", Path(folder) / f"log{number}") as server:
                rounds.append(_round(browser, server.url))
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        browser.close()
    print(f"{'seconds':<44}{'median':>8}{'lowest':>8}{'highest':>9}")
    for name in rounds[0]:
        found = [one[name] for one in rounds]
        print(f"{name:<44}{statistics.median(found):>8.2f}{min(found):>8.2f}{max(found):>9.2f}")


def _round(browser: Browser, url: str) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(PATIENCE)
    found = {}
    start = time.monotonic()
    found["first page"] = _timed(lambda: page.goto(url), lambda: _start(page))
    opened = time.monotonic()
    found["demonstration study to grid"] = _timed(lambda: _open(page), lambda: _graded(page))
    found["cell of the grid to its finding"] = _timed(
        lambda: page.get_by_role("button", name="L4/L5, Disc herniation").click(),
        lambda: expect(page.get_by_text("L4/L5 · Disc herniation")).to_be_visible(),
    )
    found["explain to three maps"] = _timed(
        lambda: page.get_by_role("link", name="Explain this finding").click(), lambda: _maps(page)
    )
    found["opening to three maps of a finding, in all"] = time.monotonic() - opened
    found["compare to the verdict and all figures"] = _timed(
        lambda: page.get_by_role("link", name="Compare", exact=True).click(),
        lambda: expect(page.get_by_role("tab", name="Faithfulness")).to_be_visible(),
    )
    found["reload to the same maps"] = _timed(page.reload, lambda: _maps(page))
    found["everything"] = time.monotonic() - start
    page.close()
    return found


def _timed(act: Callable[[], object], done: Callable[[], object]) -> float:
    start = time.monotonic()
    act()
    done()
    return time.monotonic() - start


def _start(page: Page) -> None:
    expect(page.get_by_role("heading", name="Open a lumbar spine MR study")).to_be_visible()


def _open(page: Page) -> None:
    page.get_by_role("button", name="Open the demonstration study").click()
    page.get_by_role("link", name="Read", exact=True).click()


def _graded(page: Page) -> None:
    expect(page.get_by_role("button", name="L4/L5, Disc herniation")).to_be_visible()


def _maps(page: Page) -> None:
    for method in METHODS:
        pane = page.get_by_role("application", name=re.compile(f"with {method} of"))
        expect(pane).to_have_attribute("data-loaded", "true")


if __name__ == "__main__":
    main()
