"""What a browser test sees of the viewer, and where a slice's places must lie."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import Locator, Page, expect

from spine_core.study.types import Series
from tests.browser.waiting import at_rest, frames, steady


def pane(page: Page, name: str = "Sagittal T2") -> Locator:
    """``name`` is an expression: a dot stands for the slash, which Playwright does not escape in one."""
    return page.get_by_role("application", name=re.compile(f"^{name}"))


def slice_of(of: Locator) -> int:
    return int(of.get_attribute("data-slice"))


def shows(of: Locator, index: int) -> None:
    expect(of).to_have_attribute("data-slice", str(index))


def wheel(page: Page, over: Locator, ticks: int) -> None:
    box = over.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(abs(ticks)):
        page.mouse.wheel(0, 100 if ticks > 0 else -100)
        # The browser merges the ticks of one frame.
        frames(page)


def drag(page: Page, over: Locator, by: tuple[int, int], button: str = "left") -> None:
    box = over.bounding_box()
    x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.6
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + by[0], y + by[1], steps=6)
    frames(page)
    page.mouse.move(x + by[0], y + by[1])
    frames(page)
    page.mouse.up(button=button)


def pixels(of: Locator) -> np.ndarray:
    """What the pane's canvas shows: (rows, columns) of grey."""
    found = of.evaluate(
        """pane => {
          const from = pane.querySelector("canvas.cornerstone-canvas");
          const to = document.createElement("canvas");
          [to.width, to.height] = [from.width, from.height];
          const canvas = to.getContext("2d");
          canvas.drawImage(from, 0, 0);
          const { data } = canvas.getImageData(0, 0, to.width, to.height);
          return [to.height, to.width, [...data.filter((_, i) => i % 4 == 0)]];
        }"""
    )
    return np.array(found[2], dtype=float).reshape(found[0], found[1])


def steady_pixels(page: Page, of: Locator) -> np.ndarray:
    """What the pane's canvas shows once it has come to rest."""
    canvas = of.locator("canvas.cornerstone-canvas")
    steady(page, lambda: canvas.evaluate("canvas => canvas.toDataURL()"))
    return pixels(of)


def fitted(of: Locator, series: Series, row: float, column: float) -> tuple[float, float]:
    """Where a place of a slice lies in a pane in which it has been fitted, by the sizes alone."""
    box = of.bounding_box()
    height, width = series.rows * series.spacing[0], series.columns * series.spacing[1]
    scale = min(box["width"] / width, box["height"] / height)
    left, top = (box["width"] - width * scale) / 2, (box["height"] - height * scale) / 2
    return left + (column + 0.5) * series.spacing[1] * scale, top + (row + 0.5) * series.spacing[0] * scale


def brush_disc(page: Page, level: str = "L4/L5") -> None:
    """Draws with the brush over the upper edge of a disc, over half of its length, and applies what was drawn.

    The disc is about 12 pixels of the screen high. Vertebrae are unlocked: the brush takes their pixels.
    """
    page.get_by_role("button", name="Edit outlines").click()
    page.get_by_role("checkbox", name="Lock vertebra").uncheck()
    at_rest(page)
    dot = pane(page).locator(f"[data-level='{level}'] .dot").bounding_box()
    x, y = dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2
    page.mouse.move(x - 22, y - 10)
    page.mouse.down()
    page.mouse.move(x + 22, y - 14, steps=6)
    page.mouse.up()
    expect(page.get_by_text("1 slice changed")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
