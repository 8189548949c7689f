"""Every page by axe-core, the checker behind browsers' accessibility panels: WCAG 2.1, A and AA, and its own advice."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.waiting import at_rest

pytestmark = pytest.mark.browser

# Left out of axe's usual set as experimental: who commands by voice says what is seen.
ASKED_TOO = {"label-content-name-mismatch": {"enabled": True}}

BACKGROUND = {"dark": "rgb(11, 13, 16)", "light": "rgb(255, 255, 255)"}
"""Of the themes in .streamlit/config.toml."""


def test_no_page_keeps_a_reader_out(page):
    shown = {
        "Study": page.get_by_text("Coverage"),
        "Read": page.get_by_role("button", name="L4/L5, Disc herniation"),
        "Explain": page.get_by_role("application", name=re.compile("with SHAP of")),
        "Compare": page.get_by_role("tab", name="Faithfulness"),
        "Report": page.get_by_text("DRAFT, not approved."),
        "Benchmark": page.get_by_text("How to repeat it"),
        "Model": page.get_by_text("Performance by finding"),
        "Networks": page.get_by_text("Add a network"),
        "Glossary": page.get_by_text("Log-odds"),
    }
    reports = []
    for name, sign in shown.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(sign.first).to_be_visible()
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            expect(page.get_by_test_id("stApp")).to_have_css("background-color", BACKGROUND[scheme])
            at_rest(page)
            found = Axe().run(page, options={"resultTypes": ["violations"], "rules": ASKED_TOO})
            if found.response["violations"]:
                reports.append(f"{name}, {scheme}:\n{found.generate_report()}")
    assert not reports, "\n".join(reports)
