"""Waiting for conditions: nothing here sleeps for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Locator, Page

PATIENCE = 180_000
"""Milliseconds that a step may take on two busy cores: networks are loaded, maps computed."""

FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
QUIET_S = 0.3
"""A value that stays this long is taken to be final: the viewer reports after 0.25 s."""

Value = TypeVar("Value")


def frames(page: Page) -> None:
    """Two frames of the browser, so that what was changed has been drawn."""
    page.evaluate(FRAMES)


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Waits, frame by frame, until ``holds`` is true."""
    end = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < end, "the condition never held"
        frames(page)


def steady(page: Page, value: Callable[[], Value], quiet: float = QUIET_S) -> Value:
    """``value`` once it has stayed the same for ``quiet`` seconds."""
    end = time.monotonic() + PATIENCE / 1000
    last, since = value(), time.monotonic()
    while time.monotonic() - since < quiet:
        assert time.monotonic() < end, f"never steady: {last}"
        frames(page)
        now = value()
        if now != last:
            last, since = now, time.monotonic()
    return last


def at_rest(page: Page) -> None:
    """Waits until the page's script has ended, its messages have arrived and the viewer has reported its own."""
    end = time.monotonic() + PATIENCE / 1000
    since = time.monotonic()
    while time.monotonic() - since < QUIET_S:
        assert time.monotonic() < end, "the page never came to rest"
        frames(page)
        if not _idle(page):
            since = time.monotonic()


def choose_option(page: Page, box: Locator, option: str) -> None:
    """Chooses an option of a list. A list that the page draws again while it is open has closed: it is opened again."""
    wanted = page.get_by_role("option", name=option, exact=True)

    def opened() -> bool:
        at_rest(page)
        box.click()
        return steady(page, wanted.is_visible)

    until(page, opened)
    wanted.click()
    at_rest(page)


def _idle(page: Page) -> bool:
    state = page.get_by_test_id("stApp").get_attribute("data-test-script-state")
    reported = "viewers => viewers.every(viewer => viewer.dataset.reported !== 'false')"
    return state == "notRunning" and page.locator(".viewer").evaluate_all(reported)
