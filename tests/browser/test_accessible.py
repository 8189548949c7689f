"""Every page by axe-core, the checker behind browsers' accessibility panels: WCAG 2.1, A and AA, and its own advice."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import assert_accessible

pytestmark = pytest.mark.browser


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
    for name, sign in shown.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(sign.first).to_be_visible()
        assert_accessible(page)
