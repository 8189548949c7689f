"""Where the screenshots of ``pictures`` go."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.waiting import steady

OUT = Path(__file__).resolve().parents[2] / "assets" / "pictures"


def save(page: Page, name: str) -> None:
    """The page as it is once it no longer changes."""
    page.mouse.move(640, 5)
    (OUT / f"{name}.png").write_bytes(steady(page, page.screenshot, quiet=1.0))
