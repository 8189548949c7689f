"""The library as readers use it: alone on a machine, and with sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from spine_core.cli.main import main
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import QUICK, Server, empty_window, serving
from tests.browser.waiting import PATIENCE, at_rest, choose_option
from tests.services import oidc

pytestmark = pytest.mark.browser

TITLE, TAG = "Narrow canal", "stenosis"
HEADER, ROW = 36, 72
"""Heights of the list of cases in CSS pixels: its header, and a case."""

ANNA, BEN = "Anna Example", "Ben Example"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A library of its own; servers and commands of the test use it."""
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)


@pytest.fixture
def app(home, tmp_path) -> Iterator[Server]:
    with serving(QUICK, tmp_path / "log") as server:
        yield server


@dataclass(frozen=True)
class SignIn:
    app: Server
    provider: oidc.Provider
    secrets: str


@pytest.fixture
def sign_in(home, tmp_path) -> Iterator[SignIn]:
    """An app with its sign-in service. The secrets lie outside the repository."""
    with oidc.serving({"a-17": ANNA, "b-42": BEN}) as provider:
        file = tmp_path / "secrets.toml"
        file.write_text(provider.secrets_file())
        with serving(QUICK, tmp_path / "log", f"--secrets.files={file}") as server:
            provider.redirect_uri = f"{server.url}/oauth2callback"
            yield SignIn(server, provider, file.read_text())


def turn_to(page: Page, name: str) -> None:
    at_rest(page)
    page.get_by_role("link", name=name, exact=True).click()
    at_rest(page)


def choose(page: Page, label: str, option: str) -> None:
    choose_option(page, page.get_by_role("combobox", name=label, exact=True).last, option)


def keep(page: Page) -> None:
    """Keeps the open study with title and tag."""
    page.get_by_text("Keep the open study").click()
    page.get_by_label("Title", exact=True).fill(TITLE)
    page.get_by_label("Tags", exact=True).first.fill(TAG)
    page.get_by_role("button", name="De-identify and keep").click()
    expect(page.get_by_text("1 case", exact=True)).to_be_visible()
    at_rest(page)


def cells(page: Page, text: str | re.Pattern[str]) -> Locator:
    """Cells of the list of cases. It is drawn on a canvas; what a screen reader is told is inside."""
    return page.get_by_test_id("stDataFrame").first.locator("td", has_text=text)


def select_first(page: Page) -> None:
    """Selects the first case by its box at the left of the row."""
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": HEADER + ROW // 2})
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    at_rest(page)


def test_a_reader_keeps_a_study_and_finds_their_decision_again(browser, app):
    page = empty_window(browser)
    page.goto(f"{app.url}/?study=demo")
    turn_to(page, "Library")
    expect(page.get_by_text("Names are not protected").first).to_be_visible()
    page.get_by_label("Name", exact=True).fill(ANNA)
    page.get_by_role("button", name="Use this name").click()
    expect(page.get_by_text("Demonstration study, ")).to_be_visible()
    # The reading is kept with the study.
    expect(page.get_by_text("Reading the study")).to_be_hidden()
    keep(page)
    expect(cells(page, TITLE)).to_have_count(1)
    expect(cells(page, TAG)).to_have_count(1)
    turn_to(page, "Audit")
    page.get_by_text("New batch").click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    assert_accessible(page)
    turn_to(page, "Library")
    select_first(page)
    assert_accessible(page)

    page.get_by_role("tab", name="Reference grades").click()
    choose(page, "Level", "L4/L5")
    choose(page, "Finding", "Disc herniation")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="Remove the marked ones")).to_be_hidden()
    expect(cells(page, "of 1")).to_have_count(1)

    decide(page)
    turn_to(page, "Study")
    page.get_by_role("button", name="Close this study").click()
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("No study open")).to_be_visible()

    turn_to(page, "Library")
    # One finding of fifty was reviewed.
    expect(cells(page, re.compile(r"^1 of \d\d$"))).to_have_count(1)
    select_first(page)
    page.get_by_role("button", name="Open this case").click()
    expect(page.get_by_text("This case is open.")).to_be_visible()
    turn_to(page, "Read")
    assert_decided(page)

    turn_to(page, "Library")
    select_first(page)
    page.get_by_role("tab", name="Delete").click()
    page.get_by_role("button", name="Delete this case").click()
    expect(page.get_by_text("No case is kept yet.")).to_be_visible()
    assert ANNA not in app.log.read_text()


def decide(page: Page) -> None:
    """Changes the grade of the selected finding."""
    turn_to(page, "Read")
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    at_rest(page)
    page.get_by_role("radio", name="Change", exact=True).click()
    choose(page, "Your grade", "absent")


def assert_decided(page: Page) -> None:
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    expect(page.get_by_role("combobox", name="Your grade")).to_have_value("absent")


def signed_in(browser: Browser, run: SignIn, name: str, address: str = "/library") -> Page:
    """A browser of its own in which ``name`` signs in on the page Library."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{run.app.url}{address}")
    turn_to(page, "Library")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=name).click()
    expect(page.get_by_text(f"Signed in as {name}")).to_be_visible()
    at_rest(page)
    return page


def assert_closed(page: Page) -> None:
    """Nothing of the library is there."""
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    at_rest(page)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
    expect(page.get_by_text("Import studies")).to_have_count(0)


def test_people_who_sign_in_see_their_own_cases_and_an_administrator_all(browser, sign_in):
    before = empty_window(browser)
    before.goto(f"{sign_in.app.url}/library")
    assert_closed(before)
    assert_accessible(before)
    before.context.close()

    anna = signed_in(browser, sign_in, ANNA, "/?study=demo")
    # The study that was open before sign-in is open still.
    expect(anna.get_by_text("Demonstration study, ")).to_be_visible()
    keep(anna)
    expect(cells(anna, TITLE)).to_have_count(1)

    ben = signed_in(browser, sign_in, BEN)
    expect(ben.get_by_text("No case is kept yet.")).to_be_visible()
    expect(ben.get_by_text("People and roles")).to_have_count(0)
    assert main(["library", "set-role", BEN, "administrator"]) == 0
    ben.reload()
    expect(ben.get_by_text(f"Signed in as {BEN} (administrator)")).to_be_visible()
    expect(cells(ben, TITLE)).to_have_count(1)
    ben.get_by_text("People and roles").click()
    expect(ben.get_by_role("combobox", name="Person")).to_have_value(ANNA)
    choose(ben, "Role", "Auditor: a reader who prepares audits")
    assert_accessible(ben)

    second = anna.context.new_page()
    second.goto(f"{sign_in.app.url}/library")
    expect(second.get_by_text(f"Signed in as {ANNA} (auditor)")).to_be_visible()
    with anna.expect_navigation():
        anna.get_by_role("button", name="Sign out").click()
    assert_closed(anna)
    turn_to(second, "Glossary")
    turn_to(second, "Library")
    assert_closed(second)
    anna.reload()
    assert_closed(anna)

    log = sign_in.app.log.read_text()
    values = [
        line.partition(" = ")[2].strip('"') for line in sign_in.secrets.splitlines() if "secret = " in line
    ]
    assert len(values) == 2
    assert not [one for one in (ANNA, BEN, *values) if one in log]
