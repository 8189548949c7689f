"""Takes the README's screenshots of the pages, all on the phantom: `make pictures`."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pages.components.study_jobs import DEMONSTRATION
from pages.components.teach.rooms.live import live_rooms
from spine_core.audit.batch.run import run_batch
from spine_core.audit.batch.sources import sources_of_cases
from spine_core.audit.batch.types import BatchPlan
from spine_core.audit.ratings.candidates import candidates, choose
from spine_core.audit.ratings.protocol import QUESTIONS, Protocol
from spine_core.audit.ratings.store import create_audit
from spine_core.library.keeping import keep, prepare
from spine_core.library.people import add_person, built_in_person
from spine_core.library.search import CaseFilter
from spine_core.library.store import Library, open_library
from spine_core.library.types import Role
from spine_core.phantom import demo_study
from spine_core.study import open_study, sources_from_path
from spine_core.teaching.answers import Answer, Click
from spine_core.teaching.phantom_sets import install
from spine_core.teaching.phantom_sets.bundle import GRADED_SET, read_bundle
from spine_core.teaching.phantom_sets.specs import ASKED_LEVELS, lesion_of
from spine_core.teaching.rooms.guests import join
from spine_core.teaching.rooms.room_answers import give_answers
from spine_core.teaching.rooms.store import open_room, projector_secret
from spine_core.teaching.rooms.types import Stage
from spine_core.teaching.sets import sets
from tests.browser.chromium import launch
from tests.browser.conftest import serving
from tests.browser.waiting import PATIENCE, at_rest, choose_option, steady

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "assets" / "pictures"
LEVEL = lesion_of(0)[0]
"""Where the first phantom of the bundled set is herniated."""


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
            browser.close()


def _take(page: Page) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    expect(page.get_by_text("Demonstration study, 7 series")).to_be_visible()
    _go(page, "Read")
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    expect(page.get_by_text("L4/L5 · Disc herniation")).to_be_visible()
    _save(page, "read")
    _go(page, "Study")
    expect(page.get_by_text("Coverage").first).to_be_visible()
    _save(page, "study")
    _go(page, "Explain")
    for method in ("Grad-CAM", "LIME", "SHAP"):
        name = re.compile(f"with {method} of Disc herniation")
        expect(page.get_by_role("application", name=name)).to_be_visible()
    _save(page, "explain")
    _go(page, "Compare")
    expect(page.get_by_role("tab", name="Faithfulness")).to_be_visible()
    _save(page, "compare")
    _go(page, "Report")
    expect(page.get_by_text("DRAFT, not approved.").first).to_be_visible()
    _save(page, "report")
    _go(page, "Benchmark")
    expect(page.get_by_text("How to repeat it")).to_be_visible()
    _save(page, "benchmark")
    _go(page, "Model")
    expect(page.get_by_text("Performance by finding")).to_be_visible()
    _save(page, "model")
    _go(page, "Teach")
    expect(page.get_by_text("Try it.")).to_be_visible()
    _save(page, "teach")
    take_outlines(page)


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
    _save(page, "outlines")


def _take_rating(page: Page, url: str, audit: str) -> None:
    page.goto(f"{url}/rate?audit={audit}")
    expect(page.get_by_text("Disc herniation present").first).to_be_visible()
    _save(page, "rate")


def take_class(browser: Browser, url: str) -> None:
    """A room after its reveal: a phone, the projector and the teacher's page."""
    library = open_library()
    teacher = add_person(library, "Tea Teacher", Role.TEACHER)
    room = open_room(library, teacher, _phantom_set(library))
    tokens = [_answer(library, room.code, number) for number in range(24)]
    phone, projector, leading = (
        browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark").new_page()
        for width, height in ((360, 740), (1920, 1080), (1280, 720))
    )
    phone.goto(f"{url}/class/?code={room.code}")
    phone.get_by_label("Nickname").fill("Mia")
    phone.get_by_role("button", name="Join").click()
    leading.goto(f"{url}/room?room={room.id}")
    if leading.get_by_role("combobox", name="You are").input_value() != teacher.name:
        choose_option(leading, leading.get_by_role("combobox", name="You are"), teacher.name)
    leading.get_by_role("button", name="Reveal the networks").click()
    expect(leading.get_by_text("0 have answered anew")).to_be_visible()
    for number, token in enumerate(tokens[::2]):
        _give(library, room.code, token, Stage.AFTER, np.random.default_rng(100 + number), "34"[number % 2])
    expect(leading.get_by_text("12 have answered anew")).to_be_visible()
    box = leading.get_by_role("combobox", name="Finding on the projector")
    choose_option(leading, box, f"{LEVEL}, Disc herniation")
    expect(phone.locator("#view img")).to_have_count(2)
    projector.goto(f"{url}/class/projector#{room.id}.{projector_secret(library, room.id)}")
    # Taps before and after the reveal, and three maps.
    expect(projector.locator("figure")).to_have_count(5)
    for page, name in ((phone, "class-phone"), (projector, "class-projector"), (leading, "class-teacher")):
        _save(page, name)


def take_exercise(browser: Browser, url: str) -> None:
    """A learner's first case of the bundled set, which a class has been shown before, and their scores."""
    library = open_library()
    learner = add_person(library, "Lee Learner")
    (chosen,) = sets(library, learner)
    page = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark").new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/teach?set={chosen.id}")
    choose_option(page, page.get_by_role("combobox", name="You are"), learner.name)
    page.get_by_role("button", name="Begin").click()
    finding = f"{LEVEL}, Disc herniation"
    expect(page.get_by_label(finding, exact=True)).to_be_visible()
    at_rest(page)
    for level in ASKED_LEVELS:
        for condition, grade in (("Pfirrmann grade", "3"), ("Disc bulging", "0"), ("Disc herniation", "0")):
            page.get_by_label(f"{level}, {condition}", exact=True).select_option(grade)
            group = page.get_by_role("radiogroup", name=f"Confidence: {level}, {condition}")
            group.get_by_role("radio", name="3").check(force=True)
    at_rest(page)
    _save(page, "exercise")
    page.get_by_role("button", name="Commit").click()
    expect(page.get_by_text("Which map shows best")).to_be_visible()
    at_rest(page)
    _save(page, "exercise-reveal")
    page.get_by_label(finding, exact=True).select_option("1")
    at_rest(page)
    page.get_by_role("button", name="Show the reference").click()
    expect(page.get_by_role("button", name="Next case")).to_be_visible()
    at_rest(page)
    _save(page, "exercise-reference")
    page.get_by_role("radio", name="My scores").click()
    expect(page.get_by_role("rowheader", name="Weighted kappa")).to_be_visible()
    _save(page, "scores")


def _phantom_set(library: Library) -> str:
    """The first two cases of the bundled set, with what the networks said of them; its id."""
    bundle = read_bundle()
    two = replace(bundle, cases=bundle.cases_of(GRADED_SET)[:2])
    install.read_bundle = lambda: two
    for _ in two.cases:
        install.draw_next(library)
    return sets(library, built_in_person(library))[0].id


def _answer(library: Library, code: str, number: int) -> str:
    """A learner's answers, with taps around the discs; the learner's token."""
    rng = np.random.default_rng(number)
    _, token = join(library, code, f"Learner {number + 1}")
    _give(library, code, token, Stage.BEFORE, rng, "2334"[number % 4])
    return token


def _give(
    library: Library, code: str, token: str, stage: Stage, rng: np.random.Generator, grade: str
) -> None:
    live = live_rooms()
    media = live.media(live.told(live.guest(code, token).room).room, 0)
    places = {one.level: one for one in media.levels() if one.series == 0}
    answers = []
    for level in ASKED_LEVELS:
        at = places[level]
        spread = 14 if stage is Stage.BEFORE else 6
        # Herniations are looked for behind the disc.
        middle = (at.row, at.column + 35)
        click = Click(media.series[0].uid, at.slice, *(float(one) for one in rng.normal(middle, spread)))
        herniated = "1" if level == LEVEL and (stage is Stage.AFTER or grade in "34") else "0"
        answers += [Answer(level, "pfirrmann", grade, 3), Answer(level, "bulging", "0", 4)]
        answers.append(Answer(level, "herniation", herniated, 4, click))
    give_answers(library, code, token, 0, stage, answers)


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


def _save(page: Page, name: str) -> None:
    page.mouse.move(640, 5)
    (OUT / f"{name}.png").write_bytes(steady(page, page.screenshot, quiet=1.0))


if __name__ == "__main__":
    main()
