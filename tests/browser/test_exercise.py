"""An exercise in the browser from its start to the scores; before the commit nothing gives the answer away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from spine_core.library.people import add_person
from spine_core.library.store import open_library
from spine_core.library.types import Role
from spine_core.teaching.attempt import State
from spine_core.teaching.map_choices import own_choices
from spine_core.teaching.sets import sets
from spine_core.teaching.shown import draft, given, own_attempts
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import empty_window
from tests.browser.seeing import pane
from tests.browser.test_library import app, home
from tests.browser.test_rating import name_oneself, sent_to
from tests.browser.waiting import PATIENCE, at_rest, until
from tests.library.making import finding, kept
from tests.teaching.making import learning_set

__all__ = ["app", "home"]

pytestmark = pytest.mark.browser

TEACHER, LEARNER = "Tess Teacher", "Lee Learner"
GRADE, KEY = "L4/L5, Pfirrmann grade", "L4/L5 pfirrmann"
SECRETS = re.compile(
    rb"grad.?cam|\blime\b|\bshap\b|\bedges\b|passes the test|nucleus|consensus|probabilit|prediction.set|disagree",
    re.IGNORECASE,
)
METHODS = re.compile(rb"grad.?cam|\blime\b|\bshap\b|\bedges\b", re.IGNORECASE)
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"


@pytest.fixture
def library(home):
    return open_library()


@pytest.fixture
def exercise(library) -> str:
    return learning_set(library, add_person(library, TEACHER, Role.TEACHER))


@pytest.fixture
def learner(library):
    return add_person(library, LEARNER)


def opened(page: Page, address: str) -> None:
    page.goto(address)
    name_oneself(page, LEARNER)
    at_rest(page)


def answer(page: Page, grade: str, confidence: int | None = None) -> None:
    page.get_by_label(GRADE, exact=True).select_option(grade)
    if confidence is not None:
        group = page.get_by_role("radiogroup", name=f"Confidence: {GRADE}")
        group.get_by_role("radio", name=str(confidence)).check(force=True)
    at_rest(page)


def attempt_of(library, learner):
    return own_attempts(library, learner)[-1]


def test_a_learner_works_through_a_set_from_its_start_to_the_scores(browser, app, library, exercise, learner):
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(PATIENCE)
    sent = sent_to(page)
    opened(page, f"{app.url}/teach?set={exercise}")
    assert_accessible(page)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_label(GRADE, exact=True)).to_be_visible()
    assert_accessible(page)
    fills_in(page, library, learner)
    another_tab_is_behind(page, library, learner)
    reloads(page, library, learner)
    nothing_is_given_away(page, sent)
    page.get_by_role("button", name="Commit").click()
    sees_what_the_networks_say(page, library, learner, sent)
    # What was looked for before the commit is found after it.
    assert any(SECRETS.search(one) for one in sent)
    sees_the_reference(page)
    page.get_by_role("button", name="Next case").click()
    expect(page.get_by_text("case 2 of 2")).to_be_visible()
    at_rest(page)
    answer(page, "4", 5)
    page.get_by_role("button", name="Commit").click()
    # The networks are wrong about this case.
    expect(page.get_by_role("button", name=re.compile("Networks: V 90%"))).to_be_visible()
    page.get_by_role("button", name="Show the reference").click()
    expect(page.get_by_text("Look at the nucleus")).to_be_visible()
    at_rest(page)
    reads_scores(page)


def fills_in(page: Page, library, learner) -> None:
    answer(page, "3", 2)
    until(page, lambda: KEY in draft(library, learner, attempt_of(library, learner).id)[0].get("answers", {}))
    page.get_by_role("button", name=f"Mark the place in the viewer: {GRADE}").click()
    expect(page.get_by_text("Click on the place of")).to_be_visible()
    at_rest(page)
    pane(page, "").first.click(position={"x": 150, "y": 200})
    expect(page.get_by_role("button", name=re.compile("^Place: slice 1"))).to_be_visible()
    until(page, lambda: bool(draft(library, learner, attempt_of(library, learner).id)[0].get("places")))
    at_rest(page)


def another_tab_is_behind(page: Page, library, learner) -> None:
    other = page.context.new_page()
    other.set_default_timeout(PATIENCE)
    opened(other, page.url)
    expect(other.get_by_label(GRADE, exact=True)).to_have_value("3")
    at_rest(other)
    answer(page, "2")
    until(
        page,
        lambda: draft(library, learner, attempt_of(library, learner).id)[0]["answers"][KEY]["grade"] == "2",
    )
    answer(other, "5")
    expect(other.get_by_text("filled in further in another tab")).to_be_visible()
    other.get_by_role("button", name="Load what is saved").click()
    expect(other.get_by_label(GRADE, exact=True)).to_have_value("2")
    answer(other, "3")
    until(
        page,
        lambda: draft(library, learner, attempt_of(library, learner).id)[0]["answers"][KEY]["grade"] == "3",
    )
    other.close()


def reloads(page: Page, library, learner) -> None:
    page.reload()
    expect(page.get_by_label(GRADE, exact=True)).to_have_value("3")
    expect(page.get_by_role("button", name=re.compile("^Place: slice 1"))).to_be_visible()
    # The keyboard's way to a place.
    page.get_by_role("button", name=re.compile("^Place: slice 1")).press("Enter")
    page.get_by_role("button", name="Mark the middle of the shown slice").press("Enter")
    middle = {"row": 31.5, "column": 23.5}

    def placed() -> bool:
        content = draft(library, learner, attempt_of(library, learner).id)[0]
        return middle.items() <= content["places"][KEY].items()

    until(page, placed)
    at_rest(page)


def nothing_is_given_away(page: Page, sent: list[bytes]) -> None:
    assert len(sent) > 20
    assert not [found for one in sent if (found := SECRETS.search(one))]
    assert not SECRETS.search(page.content().encode())
    assert not SECRETS.search(page.evaluate(STORED).encode())


def chooses_a_map(page: Page, library, learner, sent: list[bytes]) -> None:
    """Before the choice no map has a name; the choice is stored with the order in which they were shown."""
    for letter in "ABC":
        expect(pane(page, f".*Map {letter}").first).to_be_visible()
    assert_accessible(page)
    assert not [found for one in sent if (found := METHODS.search(one))]
    page.get_by_role("radio", name="B", exact=True).click()
    expect(page.get_by_text("Grad-CAM passes the test").first).to_be_visible()
    (choice,) = own_choices(library, learner, attempt_of(library, learner).id).values()
    assert choice.method == choice.letters[1]


def sees_what_the_networks_say(page: Page, library, learner, sent: list[bytes]) -> None:
    expect(page.get_by_role("button", name=re.compile("the networks report IV"))).to_be_visible()
    chooses_a_map(page, library, learner, sent)
    for method in ("Grad-CAM", "LIME", "SHAP"):
        expect(pane(page, f".*{method}").first).to_be_visible()
    expect(page.get_by_text("Grad-CAM passes the test").first).to_be_visible()
    assert_accessible(page)
    answer(page, "4")
    attempt = attempt_of(library, learner)
    assert attempt.state is State.REVEALED
    until(page, lambda: draft(library, learner, attempt.id)[0]["answers"][KEY]["grade"] == "4")
    page.reload()
    expect(page.get_by_label(GRADE, exact=True)).to_have_value("4")
    at_rest(page)
    page.get_by_role("button", name="Show the reference").click()
    expect(page.get_by_text("Look at the nucleus")).to_be_visible()
    first, second = given(library, learner, attempt.id)
    assert [one.answers[0].grade for one in (first, second)] == ["3", "4"]
    at_rest(page)


def sees_the_reference(page: Page) -> None:
    cells = page.get_by_role("row", name=re.compile("^L4.L5, Pfirrmann grade")).get_by_role("cell")
    expect(cells.nth(1)).to_contain_text("IV")
    expect(cells.nth(2)).to_contain_text("III")
    expect(page.locator(".placed.reference")).to_be_visible()
    expect(page.locator(".placed.own")).to_be_visible()
    assert_accessible(page)


def reads_scores(page: Page) -> None:
    page.get_by_text("My scores", exact=True).click()
    expect(page.get_by_text("Your committed answers to 2 cases")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^Exact"))
    expect(row).to_contain_text("50%")
    expect(page.get_by_text("switched to right: 1")).to_be_visible()
    expect(page.get_by_text("noticed, you were and stayed right: 1")).to_be_visible()
    at_rest(page)
    assert_accessible(page)


def test_a_teacher_makes_a_set_and_shares_it(browser, app, library):
    teacher = add_person(library, TEACHER, Role.TEACHER)
    add_person(library, LEARNER)
    kept(library, teacher, finding("L4/L5", "pfirrmann", "4"), title="Old disc")
    page = empty_window(browser)
    page.goto(f"{app.url}/teach")
    page.get_by_text("Exercises", exact=True).click()
    at_rest(page)
    name_oneself(page, TEACHER)
    page.get_by_text("Prepare", exact=True).click()
    page.get_by_role("button", name="New set").click()
    at_rest(page)
    page.get_by_label("Title", exact=True).fill("Discs of the week")
    page.get_by_label("Title", exact=True).press("Enter")
    at_rest(page)
    assert_accessible(page)
    page.get_by_text("2. Its cases", exact=True).click()
    expect(page.get_by_text("Cases of the library")).to_be_visible()
    at_rest(page)
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 53})
    page.get_by_role("button", name="Add the selected (1)").click()
    expect(page.get_by_text("Cases of the set (1)")).to_be_visible()
    at_rest(page)
    page.get_by_text("3. References and learning points", exact=True).click()
    expect(page.get_by_label(GRADE, exact=True)).to_be_visible()
    at_rest(page)
    page.get_by_label(GRADE, exact=True).select_option("4")
    at_rest(page)
    page.get_by_role("button", name=f"Mark the place in the viewer: {GRADE}").click()
    expect(page.get_by_text("Click on the place of")).to_be_visible()
    at_rest(page)
    pane(page, "").first.click(position={"x": 150, "y": 200})
    expect(page.locator(".placed.reference")).to_be_visible()
    at_rest(page)
    assert_accessible(page)
    page.get_by_role("button", name="Store the set").click()
    page.get_by_role("button", name="Share it").click()
    expect(page.get_by_text("Send learners this address")).to_be_visible()
    (stored,) = sets(library, teacher)
    (case,) = stored.exercise.cases
    assert [(one.level, one.condition, one.grade) for one in case.references] == [("L4/L5", "pfirrmann", "4")]
    assert (case.places[0].radius, case.places[0].slice_index) == (10.0, 0)
    assert stored.shared
