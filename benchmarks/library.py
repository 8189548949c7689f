"""Ten raters at once on one server: seconds until an answer is saved, and until the next sheet: `make bench-library`.

Each rater is a browser context of its own in headless Chromium; server and browser share the machine. An answer is
saved when the page says so: the draft is in the database by then. Median, 95th percentile and highest value.
Ends with an error where a rating was lost or the log does not verify.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, Page, async_playwright, expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from spine_core.audit.ratings.candidates import candidates
from spine_core.audit.ratings.log_store import log, verify
from spine_core.audit.ratings.protocol import QUESTIONS, Protocol
from spine_core.audit.ratings.store import create_audit
from spine_core.library.people import add_person
from spine_core.library.store import Library, open_library
from spine_core.library.types import Person, Role
from tests.audit.ratings.making import batch_with_maps
from tests.browser.chromium import ARGS, executable
from tests.browser.conftest import serving
from tests.browser.waiting import PATIENCE

FINDINGS = 4
SCORE = 4

ANSWER = """(sheet) => new Promise((saved) => {
  const start = performance.now();
  const watch = new MutationObserver(() => {
    if (sheet.dataset.saved !== "true") return;
    watch.disconnect();
    saved((performance.now() - start) / 1000);
  });
  const open = [...sheet.querySelectorAll(".scale")].find((one) => !one.querySelector("input:checked"));
  if (!open) { saved(-1); return; }
  open.querySelector('input[value="4"]').click();
  watch.observe(sheet, { attributes: true });
})"""
"""Answers the first open scale; seconds until the page says that it is saved, -1 where no scale is open."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raters", type=int, default=10)
    args = parser.parse_args()
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SPINELENS_HOME"] = f"{folder}/home"
        os.environ.pop("SPINELENS_DATABASE", None)
        library = open_library()
        auditor, raters, audit = _prepare(library, args.raters)
        with serving("app.py", Path(folder) / "log") as server:
            answers, sheets = asyncio.run(_all(server.url, [one.name for one in raters], audit))
        entries = log(library, auditor, audit)
        assert len(entries) == args.raters * FINDINGS, f"{len(entries)} ratings in the log"
        scores = [
            score for one in entries for given in one.content["scores"].values() for score in given.values()
        ]
        assert set(scores) == {SCORE}, "a score was changed on its way"
        assert verify(library, audit) == ""
    print(
        f"{args.raters} raters at once, {os.cpu_count()} cores, {len(entries)} ratings in the log, none lost"
    )
    for words, seconds in (("answer until saved", answers), ("submitted until next sheet", sheets)):
        median, high = np.percentile(seconds, (50, 95))
        spread = f"median {median:.2f} s, 95 % {high:.2f} s, at most {max(seconds):.2f} s"
        print(f"{words:<28}{len(seconds):>5} times, {spread}")


def _prepare(library: Library, count: int) -> tuple[Person, list[Person], str]:
    auditor = add_person(library, "Auditor", Role.AUDITOR)
    raters = [add_person(library, f"Rater {number:02}") for number in range(count)]
    found = candidates(library, auditor, batch_with_maps(library, auditor, FINDINGS))
    protocol = Protocol("Ten at once", found, tuple(one.id for one in raters), QUESTIONS[:2], repeats=0.0)
    return auditor, raters, create_audit(library, auditor, protocol)


async def _all(url: str, names: list[str], audit: str) -> tuple[list[float], list[float]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=ARGS)
        # Opening ten pages is not what is measured: all are there before anybody rates.
        pages = [await _open(browser, f"{url}/rate?audit={audit}", name) for name in names]
        found = await asyncio.gather(*map(_rate, pages))
        await browser.close()
    return [one for answers, _ in found for one in answers], [one for _, sheets in found for one in sheets]


async def _open(browser: Browser, address: str, name: str) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(address)
    await page.get_by_role("combobox", name="You are").fill(name)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(f"0 of {FINDINGS} sheets submitted")).to_be_visible()
    await expect(page.locator("#sheet .submit")).to_be_visible()
    return page


async def _rate(page: Page) -> tuple[list[float], list[float]]:
    answers: list[float] = []
    sheets: list[float] = []
    for number in range(1, FINDINGS + 1):
        while (seconds := await page.locator("#sheet").evaluate(ANSWER)) >= 0:
            answers.append(seconds)
        start = time.monotonic()
        await page.locator("#sheet .submit").click()
        done = f"{number} of {FINDINGS} sheets submitted" if number < FINDINGS else "All sheets are submitted"
        await expect(page.get_by_text(done)).to_be_visible()
        if number < FINDINGS:
            await expect(page.locator("#sheet .scale input:checked")).to_have_count(0)
        sheets.append(time.monotonic() - start)
    return answers, sheets


if __name__ == "__main__":
    main()
