"""The what-if image of the demonstration study: made on request, moved by the browser, and marked as synthetic."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.waiting import at_rest, until

pytestmark = pytest.mark.browser


def shown(page: Page) -> str:
    """The address of the picture in the middle panel."""
    return str(page.locator(".js-plotly-plot image").nth(1).get_attribute("href"))


def test_the_slider_moves_the_what_if_image_without_the_server_and_the_file_says_synthetic(page):
    page.get_by_role("link", name="Explain").click()
    page.get_by_text("What-if", exact=True).click()
    page.get_by_role("button", name="Make the what-if image").click()
    expect(page.get_by_text("research and teaching").first).to_be_visible()
    expect(page.get_by_text(re.compile("The answer (turned|did not turn)"))).to_be_visible()
    at_rest(page)

    last = shown(page)
    label, *steps = page.locator(".slider-label").all()
    assert len(steps) == 11, "a probability for every step"
    expect(label).to_have_text(re.compile(f": {steps[-1].text_content()}$"))
    sent: list[str] = []
    page.on("websocket", lambda _: sent.append("socket"))
    page.on("request", lambda request: sent.append(request.url) if "data:" not in request.url else None)
    page.get_by_role("button", name="What-if image (PNG)").scroll_into_view_if_needed()
    box = page.locator(".slider-rail-touch-rect").bounding_box()
    page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)
    expect(label).to_have_text(re.compile(f": {steps[0].text_content()}$"))
    until(page, lambda: shown(page) != last)
    assert not sent, "the browser has all steps already"

    with page.expect_download() as waiting:
        page.get_by_role("button", name="What-if image (PNG)").click()
    file = Image.open(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert file.text["Synthetic"].startswith("yes")
    assert "L4/L5" in file.text["Description"] or "L5/S1" in file.text["Description"]
