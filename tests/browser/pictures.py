"""Takes the README's screenshots of the pages, all on the phantom: `make pictures`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.conftest import serving
from tests.browser.waiting import PATIENCE, steady

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "assets" / "pictures"


def main() -> None:
    size = [int(value) for value in sys.argv[1:3]] or [1280, 800]
    expect.set_options(timeout=PATIENCE)
    with (
        TemporaryDirectory() as folder,
        serving("app.py", Path(folder) / "log") as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="dark")
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/?study=demo")
        _take(page)
        browser.close()


def _take(page: Page) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    expect(page.get_by_text("Demonstration study, 7 series")).to_be_visible()
    _go(page, "Read")
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    expect(page.get_by_text("L4/L5 · Disc herniation")).to_be_visible()
    _save(page, "read")
    _go(page, "Study")
    expect(page.get_by_text("Coverage").first).to_be_visible()
    _save(page, "study")
    _go(page, "Explain")
    for method in ("Grad-CAM", "LIME", "SHAP"):
        name = re.compile(f"with {method} of Disc herniation")
        expect(page.get_by_role("application", name=name)).to_be_visible()
    _save(page, "explain")
    _go(page, "Compare")
    expect(page.get_by_role("tab", name="Faithfulness")).to_be_visible()
    _save(page, "compare")
    _go(page, "Benchmark")
    expect(page.get_by_text("How to repeat it")).to_be_visible()
    _save(page, "benchmark")
    _go(page, "Model")
    expect(page.get_by_text("Performance by finding")).to_be_visible()
    _save(page, "model")


def _go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def _save(page: Page, name: str) -> None:
    page.mouse.move(640, 5)
    (OUT / f"{name}.png").write_bytes(steady(page, page.screenshot, quiet=1.0))


if __name__ == "__main__":
    main()
