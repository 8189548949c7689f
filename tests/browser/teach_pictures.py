"""Screenshots of a class and of an exercise, on the bundled phantoms with their real maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from playwright.sync_api import Browser, expect

from pages.components.teach.rooms.live import live_rooms
from spine_core.library.people import add_person, built_in_person
from spine_core.library.store import Library, open_library
from spine_core.library.types import Role
from spine_core.teaching.answers import Answer, Click
from spine_core.teaching.phantom_sets import install
from spine_core.teaching.phantom_sets.bundle import GRADED_SET, read_bundle
from spine_core.teaching.phantom_sets.specs import ASKED_LEVELS, lesion_of
from spine_core.teaching.rooms.guests import join
from spine_core.teaching.rooms.room_answers import give_answers
from spine_core.teaching.rooms.store import open_room, projector_secret
from spine_core.teaching.rooms.types import Stage
from spine_core.teaching.sets import sets
from tests.browser.picture_file import save
from tests.browser.waiting import PATIENCE, at_rest, choose_option

LEVEL = lesion_of(0)[0]
"""Where the first phantom of the bundled set is herniated."""


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
        save(page, name)


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
    save(page, "exercise")
    page.get_by_role("button", name="Commit").click()
    expect(page.get_by_text("Which map shows best")).to_be_visible()
    at_rest(page)
    save(page, "exercise-reveal")
    page.get_by_label(finding, exact=True).select_option("1")
    at_rest(page)
    page.get_by_role("button", name="Show the reference").click()
    expect(page.get_by_role("button", name="Next case")).to_be_visible()
    at_rest(page)
    save(page, "exercise-reference")
    page.get_by_role("radio", name="My scores").click()
    expect(page.get_by_role("rowheader", name="Weighted kappa")).to_be_visible()
    save(page, "scores")


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
