"""The primer in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from spine_core.teaching.primer.steps import STEPS
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import empty_window
from tests.browser.waiting import at_rest

pytestmark = pytest.mark.browser


def test_the_primer_is_read_tried_and_answered_without_a_study(browser, server):
    page = empty_window(browser)
    page.goto(f"{server.url}/teach")
    for number, step in enumerate(STEPS, start=1):
        page.get_by_text(f"{number}. {step.title}", exact=True).click()
        expect(page.get_by_role("heading", name=step.title)).to_be_visible()
        at_rest(page)
        assert_accessible(page)
        page.get_by_text(step.options[step.answer], exact=True).click()
        expect(page.get_by_text("Right.", exact=False).first).to_be_visible()
    expect(page.get_by_text("No study open")).to_be_visible()
