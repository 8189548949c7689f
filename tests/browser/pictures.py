"""Takes the README's screenshots of the pages, all on the phantom: `make pictures`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from pages.components.study_jobs import DEMONSTRATION
from spine_core.audit.batch.run import run_batch
from spine_core.audit.batch.sources import sources_of_cases
from spine_core.audit.batch.types import BatchPlan
from spine_core.audit.ratings.candidates import candidates, choose
from spine_core.audit.ratings.protocol import QUESTIONS, Protocol
from spine_core.audit.ratings.store import create_audit
from spine_core.library.keeping import keep, prepare
from spine_core.library.people import add_person
from spine_core.library.search import CaseFilter
from spine_core.library.store import open_library
from spine_core.library.types import Role
from spine_core.phantom import demo_study
from spine_core.study import open_study, sources_from_path
from tests.browser.chromium import launch
from tests.browser.conftest import serving
from tests.browser.picture_file import OUT, save
from tests.browser.prepare_pictures import take_prepare
from tests.browser.reason_pictures import take_reasons
from tests.browser.teach_pictures import take_class, take_exercise
from tests.browser.waiting import PATIENCE, at_rest


def main() -> None:
    size = [int(value) for value in sys.argv[1:3]] or [1280, 800]
    expect.set_options(timeout=PATIENCE)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        audit = _rating_study(f"{folder}/home")
        with serving("app.py", Path(folder) / "log") as server:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="dark")
            page.set_default_timeout(PATIENCE)
            page.goto(f"{server.url}/?study=demo")
            _take(page)
            _take_rating(page, server.url, audit)
            take_class(browser, server.url)
            take_exercise(browser, server.url)
            take_prepare(browser, Path(folder))
            browser.close()


def _take(page: Page) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    expect(page.get_by_text("Demonstration study, 7 series")).to_be_visible()
    _go(page, "Read")
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    expect(page.get_by_text("L4/L5 · Disc herniation")).to_be_visible()
    save(page, "read")
    _go(page, "Study")
    expect(page.get_by_text("Coverage").first).to_be_visible()
    save(page, "study")
    _go(page, "Explain")
    for method in ("Grad-CAM", "LIME", "SHAP"):
        name = re.compile(f"with {method} of Disc herniation")
        expect(page.get_by_role("application", name=name)).to_be_visible()
    save(page, "explain")
    _go(page, "Compare")
    expect(page.get_by_role("tab", name="Faithfulness")).to_be_visible()
    save(page, "compare")
    take_reasons(page)
    _go(page, "Report")
    expect(page.get_by_text("DRAFT, not approved.").first).to_be_visible()
    save(page, "report")
    _go(page, "Benchmark")
    expect(page.get_by_text("How to repeat it")).to_be_visible()
    save(page, "benchmark")
    _go(page, "Model")
    expect(page.get_by_text("Performance by finding")).to_be_visible()
    save(page, "model")
    _go(page, "Teach")
    expect(page.get_by_text("Try it.")).to_be_visible()
    save(page, "teach")
    take_what_if(page)
    take_outlines(page)


def take_what_if(page: Page) -> None:
    """What would have to change in the selected finding for another answer."""
    _go(page, "Explain")
    page.get_by_text("What-if", exact=True).click()
    page.get_by_role("button", name="Make the what-if image").click()
    page.get_by_role("button", name="What-if image (PNG)").scroll_into_view_if_needed()
    at_rest(page)
    save(page, "what-if")
    page.get_by_text("Maps", exact=True).click()
    at_rest(page)


def take_outlines(page: Page) -> None:
    """The disc L4/L5 with a thicker posterior margin, its sculpted outline, and the edit in the list."""
    _go(page, "Read")
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    page.get_by_role("button", name="Edit outlines").click()
    at_rest(page)
    pane = page.get_by_role("application", name=re.compile("^Sagittal T2"))
    dot = pane.locator("[data-level='L4/L5'] .dot").bounding_box()
    assert dot
    page.get_by_role("checkbox", name="Lock vertebra").uncheck()
    page.mouse.move(dot["x"] - 16, dot["y"] - 5)
    page.mouse.down()
    page.mouse.move(dot["x"] + 24, dot["y"] - 10, steps=6)
    page.mouse.up()
    page.get_by_role("button", name="Apply").click()
    page.get_by_text(re.compile(r"^Edited outlines \(")).click()
    page.get_by_role("button", name="Sculpt").click()
    page.get_by_text("Grades stay as they are").scroll_into_view_if_needed()
    at_rest(page)
    save(page, "outlines")


def _take_rating(page: Page, url: str, audit: str) -> None:
    page.goto(f"{url}/rate?audit={audit}")
    expect(page.get_by_text("Disc herniation present").first).to_be_visible()
    save(page, "rate")


def _rating_study(home: str) -> str:
    """A rating study of the demonstration study's herniation, in a library of its own; its id."""
    os.environ["SPINELENS_HOME"] = home
    os.environ.pop("SPINELENS_DATABASE", None)
    library = open_library()
    auditor = add_person(library, "Anna Example", Role.AUDITOR)
    sources = sources_from_path(demo_study(DEMONSTRATION))
    study = open_study(sources)
    keep(library, auditor, prepare(library, study, sources))
    plan = BatchPlan(("grad_cam", "lime", "partition_shap"), ("herniation",), ("L4/L5",))
    batch = run_batch(library, auditor, plan, sources_of_cases(library, auditor, CaseFilter()), workers=1)
    methods = (*plan.methods, "control blurred_random", "control edges")
    found = choose(candidates(library, auditor, batch), methods, 1)
    return create_audit(library, auditor, Protocol("Trial", found, (auditor.id,), QUESTIONS[:2], repeats=0.0))


def _go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


if __name__ == "__main__":
    main()
