"""Pages by axe-core, the checker behind browsers' accessibility panels: WCAG 2.1, A and AA, and its own advice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.waiting import at_rest

# Left out of axe's usual set as experimental: who commands by voice says what is seen.
ASKED_TOO = {"label-content-name-mismatch": {"enabled": True}}

OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe's usual set that ask for colours."""

BACKGROUND = {"dark": "rgb(11, 13, 16)", "light": "rgb(255, 255, 255)"}
"""Of the themes in .streamlit/config.toml."""

BOXES_LEFT_OUT = {"exclude": [['[data-testid="stDataFrame"] th[aria-colindex="1"]']]}
"""Streamlit gives the column of boxes that select a row no heading."""


def assert_accessible(page: Page) -> None:
    """A page of the app is accessible, dark and light."""
    # Streamlit gives its toasts, which vanish by themselves, a role that needs a name, and no name.
    expect(page.get_by_test_id("stToast")).to_have_count(0)
    faults: list[str] = []
    for scheme, background in BACKGROUND.items():
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
        at_rest(page)
        faults += _faults(page, scheme)
    assert not faults, "\n".join(faults)


def assert_plain_accessible(page: Page) -> None:
    """As ``assert_accessible``, for the pages that are not Streamlit's."""
    faults: list[str] = []
    for scheme in BACKGROUND:
        page.emulate_media(color_scheme=scheme)
        faults += _faults(page, scheme)
    assert not faults, "\n".join(faults)


def _faults(page: Page, scheme: str) -> Iterator[str]:
    """In words: axe's own report fails for what is in a shadow root.

    The second scheme differs from the first in colours alone, and only the rules on colours are asked again.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"], "rules": ASKED_TOO}
    if scheme != next(iter(BACKGROUND)):
        options = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": OF_COLOURS}}
    for one in Axe().run(page, BOXES_LEFT_OUT, options=options).response["violations"]:
        places = [f"{node['target']}: {node['failureSummary']}" for node in one["nodes"]]
        yield "\n".join([f"{scheme}: {one['id']}, {one['help']}", *places])
