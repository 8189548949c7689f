"""Finds the Chromium that the browser tests drive. Run as a module: exits 0 where one starts."""

from __future__ import annotations

import os
import shutil
import sys

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No GPU and often no sandbox where tests run; SwiftShader draws WebGL on the processor. It would also put the page
# together, frame by frame, which takes twice as long there as without a GPU's way of doing so.
ARGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",
    "--disable-dev-shm-usage",
]


def launch(playwright: Playwright) -> Browser:
    """Starts the browser."""
    return playwright.chromium.launch(executable_path=executable(), args=ARGS)


def executable() -> str | None:
    """The browser that CHROMIUM names, else the first on the path; None for Playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


if __name__ == "__main__":
    try:
        with sync_playwright() as playwright:
            launch(playwright).close()
    except Error:
        sys.exit(1)
