"""Images one pixel high or wide in the real viewer."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.study.made_archives import tarred

pytestmark = pytest.mark.browser


def png(rows: int, columns: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray((np.arange(rows * columns).reshape(rows, columns) % 251).astype(np.uint8)).save(
        file, "PNG"
    )
    return file.getvalue()


def test_images_one_pixel_high_or_wide_are_drawn(page):
    sizes = [(1, 40), (40, 1), (1, 1), (1, 4000)]
    archive = tarred((f"{rows}x{columns}.png", png(rows, columns)) for rows, columns in sizes)
    page.get_by_text("Open a study", exact=True).click()
    files = {"name": "small.tar", "mimeType": "application/x-tar", "buffer": archive}
    page.locator("input[type=file]").first.set_input_files(files)
    expect(page.locator(".sl-open")).to_have_text("Uploaded study, 4 series")
    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="Four panes").click()
    panes = page.get_by_role("application", name=re.compile("^Image"))
    expect(panes).to_have_count(len(sizes))
    for number in range(len(sizes)):
        expect(panes.nth(number)).to_have_attribute("data-loaded", "true")
