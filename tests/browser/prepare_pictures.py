"""Screenshots of the list of sets, and of a teacher who makes one, on phantoms."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect

from spine_core.library.cases import Description
from spine_core.library.keeping import keep, prepare
from spine_core.library.people import add_person
from spine_core.library.reviews import set_references
from spine_core.library.store import Library, open_library
from spine_core.library.types import Person, ReferenceGrade, Role
from spine_core.phantom import Phantom, build, random_case, write_study
from spine_core.study import open_study, sources_from_path
from spine_core.teaching.phantom_sets import install
from spine_core.teaching.phantom_sets.bundle import read_bundle
from spine_core.teaching.phantom_sets.case import SOURCE, true_levels
from spine_core.teaching.phantom_sets.specs import ASKED_LEVELS
from tests.browser.conftest import serving
from tests.browser.picture_file import save
from tests.browser.waiting import PATIENCE, at_rest

CASES = {28_601: "Phantom A", 28_602: "Phantom B", 28_603: "Phantom C"}
"""Titles by seed."""

SLICES, SLAB = range(5, 10), "L4/L5"


def take_prepare(browser: Browser, folder: Path) -> None:
    """In a library of its own, with both bundled sets."""
    os.environ |= {"SPINELENS_HOME": str(folder / "teaching"), "SPINELENS_PHANTOM_EXERCISES": "off"}
    library = open_library()
    # Three slices of each show as much of a list, and are drawn in a tenth of the time.
    install.write_case = lambda phantom, where, progress: write_study(
        phantom, where, progress, sagittal=range(6, 9), axial=()
    )
    # Other pictures make do with two of them.
    install.read_bundle = read_bundle
    install.install_phantom_sets(library)
    teacher = add_person(library, "Tess Teacher", Role.TEACHER)
    for seed, title in CASES.items():
        _keep(library, teacher, build(random_case(seed)), title)
    with serving("app.py", folder / "log of teaching") as server:
        page = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark").new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/teach")
        expect(page.get_by_text("0 of 20 cases read")).to_be_visible()
        at_rest(page)
        save(page, "teach-sets")
        _make_set(page)


def _keep(library: Library, teacher: Person, phantom: Phantom, title: str) -> None:
    with TemporaryDirectory() as folder:
        written = write_study(phantom, Path(folder), sagittal=SLICES, axial=(SLAB,))
        sources = list(sources_from_path(written))
        prepared = prepare(library, open_study(sources), sources)
        levels = true_levels(phantom, prepared.study)
        kept = keep(library, teacher, prepared, levels, Description(title, tags=("degeneration",)))
    grades = [
        ReferenceGrade(level, name, phantom.grades[level][name], SOURCE)
        for level in ASKED_LEVELS
        for name in ("pfirrmann", "bulging")
    ]
    set_references(library, teacher, kept.case_id, grades)


def _make_set(page: Page) -> None:
    page.get_by_role("radio", name="Prepare").click()
    page.get_by_role("button", name="New set").click()
    page.get_by_label("Title").fill("Degeneration of the lower discs")
    page.get_by_label("Description").fill("Three cases for the first lesson.")
    page.keyboard.press("Tab")
    at_rest(page)
    page.get_by_role("radio", name="2. Its cases").click()
    at_rest(page)
    rows = page.get_by_test_id("stDataFrame").first.bounding_box()
    # The boxes in front of the rows are drawn, and cannot be asked for by name.
    for row in range(2):
        page.mouse.click(rows["x"] + 18, rows["y"] + 53 + 35 * row)
        at_rest(page)
    page.get_by_role("button", name="Add the selected (2)").click()
    expect(page.get_by_text("Cases of the set (2)")).to_be_visible()
    at_rest(page)
    save(page, "prepare-cases")
    page.get_by_role("radio", name="3. References and learning points").click()
    expect(page.locator(".viewer").first).to_be_visible()
    at_rest(page)
    page.get_by_label("Learning point").fill(
        "The grade follows the signal of the nucleus first and the height second."
    )
    page.keyboard.press("Tab")
    at_rest(page)
    save(page, "prepare-references")
