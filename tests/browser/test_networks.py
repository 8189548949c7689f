"""A network that a user brings: registered from the browser, it reads, is explained, and gives way again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import choose_option
from tests.networks import packages

pytestmark = pytest.mark.browser

NAME = "squeezenet-1.0"


def choose(page, name: str) -> None:
    box = page.get_by_role("combobox", name=re.compile("Network that reads"))
    choose_option(page, box, name)
    expect(box).to_have_value(name)
    expect(page.get_by_text("Grading with another network")).to_be_hidden()


def test_a_network_is_brought_reads_and_is_explained(page, tmp_path):
    package = tmp_path / "mine.zip"
    package.write_bytes(packages.zipped(packages.squeezenet(tmp_path / "package")))
    page.get_by_role("link", name="Networks", exact=True).click()
    page.get_by_text("Add a network").click()
    expect(page.get_by_text("Package of a network")).to_be_visible()

    bad = {"name": "weights.pt", "mimeType": "application/octet-stream", "buffer": b"\x80\x04."}
    page.locator("input[type=file]").first.set_input_files(bad)
    page.get_by_role("button", name="Examine and register").click()
    expect(page.get_by_text("weights.pt: files that torch saves with pickle can run code")).to_be_visible()

    page.locator("input[type=file]").first.set_input_files(package)
    page.get_by_role("button", name="Examine and register").click()
    expect(page.get_by_text(f"{NAME} is registered")).to_be_visible()
    choose(page, NAME)

    page.get_by_role("link", name="Read", exact=True).click()
    expect(page.get_by_role("columnheader", name="Canal", exact=True)).to_be_visible()
    cell = page.get_by_role("button", name="L4/L5, Central canal stenosis")
    cell.click()
    expect(page.get_by_text("L4/L5 · Central canal stenosis")).to_be_visible()
    page.get_by_role("link", name="Explain this finding").click()
    for method in ("Grad-CAM", "LIME", "SHAP"):
        expect(
            page.get_by_role("application", name=re.compile(f"with {method} of Central canal"))
        ).to_be_visible()

    page.get_by_role("link", name="Networks", exact=True).click()
    choose(page, "Released ensemble")
    page.get_by_role("link", name="Read", exact=True).click()
    expect(page.get_by_role("button", name="L4/L5, Disc herniation")).to_be_visible()
