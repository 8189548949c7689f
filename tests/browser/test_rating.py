"""A rating study in the browser: three raters, from the protocol to the results."""

from __future__ import annotations

import re
import zipfile

import pytest
from playwright.sync_api import Browser, Page, expect

from spine_core.audit.ratings.candidates import candidates, choose
from spine_core.audit.ratings.log_store import log, verify
from spine_core.audit.ratings.protocol import QUESTIONS, Protocol
from spine_core.audit.ratings.rating import draft
from spine_core.audit.ratings.store import audits, create_audit
from spine_core.library.people import add_person, people
from spine_core.library.store import open_library
from spine_core.library.types import Person, Role
from tests.audit.ratings.making import REASONS, batch_with_maps
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import empty_window
from tests.browser.test_library import app, home
from tests.browser.waiting import PATIENCE, at_rest, choose_option, until

__all__ = ["app", "home"]

pytestmark = pytest.mark.browser

AUDITOR, RATERS = "Ada Auditor", ("Ben Reader", "Cleo Reader", "Dora Reader")
METHOD = re.compile(rb"grad.?cam|\blime\b|\bshap\b|\bedges\b|random", re.IGNORECASE)
SHEETS = 3
"""Two findings, one of which comes twice."""


@pytest.fixture
def library(home):
    found = open_library()
    auditor = add_person(found, AUDITOR, Role.AUDITOR)
    for name in RATERS:
        add_person(found, name)
    batch_with_maps(found, auditor, 2)
    return found


def sent_to(page: Page) -> list[bytes]:
    """Everything that the browser is sent from now on, but files that are the same for everybody."""
    sent: list[bytes] = []

    def frame(payload: str | bytes) -> None:
        sent.append(payload if isinstance(payload, bytes) else payload.encode())

    page.on("websocket", lambda socket: socket.on("framereceived", frame))
    page.on("response", lambda one: sent.append(repr((one.url, one.headers)).encode()))
    return sent


def name_oneself(page: Page, name: str) -> None:
    choose_option(page, page.get_by_role("combobox", name="You are"), name)


def prepare(browser: Browser, url: str) -> tuple[Page, str]:
    """The auditor stores a protocol; her page, and the address for the raters."""
    page = empty_window(browser)
    page.goto(f"{url}/audit")
    name_oneself(page, AUDITOR)
    page.get_by_text("Rating studies", exact=True).click()
    at_rest(page)
    page.get_by_text("New rating study").click()
    expect(
        page.get_by_text("Not complete: an audit needs a finding, a rater and a question.")
    ).to_be_visible()
    for name in RATERS:
        choose_option(page, page.get_by_role("combobox", name="Raters"), name)
    page.keyboard.press("Escape")
    repeats = page.get_by_role("spinbutton", name="Silent repeats in percent")
    repeats.fill("50")
    repeats.press("Enter")
    at_rest(page)
    page.get_by_text("Let readers draw the region that decides").click()
    at_rest(page)
    expect(
        page.get_by_text(f"2 findings, 3 raters, fully crossed; {SHEETS} sheets each").first
    ).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Store the protocol").click()
    expect(page.get_by_text("Send raters this address")).to_be_visible()
    return page, page.get_by_test_id("stCode").inner_text().strip()


def answer(page: Page, score: int) -> None:
    """Every scale of the sheet by the keyboard, and submits."""
    first = page.get_by_role("radiogroup").first
    first.get_by_role("radio").first.focus()
    for _ in range(page.get_by_role("radiogroup").count()):
        page.keyboard.press(str(score))
    page.keyboard.press("Control+Enter")


def submitted(page: Page, count: int) -> None:
    expect(page.get_by_text(f"{count} of {SHEETS} sheets submitted")).to_be_visible()
    at_rest(page)


def test_three_raters_rate_blinded_maps_from_protocol_to_results(browser, app, library):
    auditor, address = prepare(browser, app.url)
    (study,) = audits(library, person_called(library, AUDITOR))
    # Another study of the same title must not take its place when the page is drawn again.
    create_audit(library, add_person(library, "Chief", Role.ADMINISTRATOR), study.protocol)
    for number, name in enumerate(RATERS):
        # A context of its own, since pages of one share their cookies.
        page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
        page.set_default_timeout(PATIENCE)
        sent = sent_to(page)
        page.goto(f"{app.url}{address}")
        name_oneself(page, name)
        submitted(page, 0)
        for letter in "ABCDE":
            expect(page.get_by_role("columnheader", name=f"Map {letter}")).to_be_visible()
        if number == 0:
            assert_accessible(page)
            leaves_and_returns(page, library, study.id)
        if number == 1:
            draws(page, library, study.id)
        for sheet in range(SHEETS):
            answer(page, 2 + number + sheet)
            if sheet + 1 < SHEETS:
                submitted(page, sheet + 1)
        expect(page.get_by_text("All sheets are submitted. Thank you.")).to_be_visible()
        assert len(sent) > 20
        assert not [found for one in sent if (found := METHOD.search(one))]
        assert not METHOD.search(page.content().encode())
        page.context.close()
    entries = log(library, person_called(library, AUDITOR), study.id)
    assert len(entries) == len(RATERS) * SHEETS
    assert [one.content["region"] is not None for one in entries[SHEETS:]] == [True, *[False] * 5]
    assert verify(library, study.id) == ""
    reads_results(auditor)


def test_reasons_that_are_no_maps_are_rated_under_letters_without_their_names(browser, app, home):
    library = open_library()
    ada, ben = add_person(library, AUDITOR, Role.AUDITOR), add_person(library, RATERS[0])
    found = choose(
        candidates(library, ada, batch_with_maps(library, ada, 1, reasons=REASONS)), ("lime", *REASONS), 1
    )
    study = create_audit(
        library, ada, Protocol("Trial", found, (ben.id,), (QUESTIONS[0], QUESTIONS[2]), repeats=0.0)
    )
    page = empty_window(browser)
    sent = sent_to(page)
    page.goto(f"{app.url}/rate?audit={study}")
    name_oneself(page, RATERS[0])
    heads = page.get_by_role("columnheader")
    expect(heads.filter(has_text=re.compile("^Reason [ABC]$"))).to_have_count(2)
    expect(heads.filter(has_text=re.compile("^Map [ABC]$"))).to_have_count(1)
    expect(page.get_by_text("Grey: the direction is open.")).to_have_count(2)
    # One question of the map and of both reasons, and one of the map only.
    expect(page.get_by_role("radiogroup")).to_have_count(4)
    assert_accessible(page)
    answer(page, 4)
    expect(page.get_by_text("All sheets are submitted. Thank you.")).to_be_visible()
    (entry,) = log(library, ada, study)
    assert entry.content["scores"]["measurements"] == {"pertinence": 4}
    assert entry.content["scores"]["lime"] == {"pertinence": 4, "place": 4}
    assert not [one for one in sent if re.search(rb"other_measurements|another disc|\blime\b", one)]


def reads_results(page: Page) -> None:
    page.get_by_role("tab", name="Results").click()
    at_rest(page)
    if page.get_by_text("Nobody has rated yet.").is_visible():
        # Her page is older than the ratings.
        page.get_by_text("Batches", exact=True).click()
        at_rest(page)
        page.get_by_text("Rating studies", exact=True).click()
        at_rest(page)
        page.get_by_role("tab", name="Results").click()
    expect(page.get_by_text("The log is whole: 9 entries")).to_be_visible()
    expect(page.get_by_text("9 sheets, 3 of them silent repeats, 0 corrections.")).to_be_visible()
    assert_accessible(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name=re.compile(r"^audit-\w+\.zip$")).click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        ratings = archive.read("ratings.csv").decode().splitlines()
        # Nine sheets with five maps and two questions.
        assert len(ratings) == 1 + 9 * 5 * 2
        assert "report.html" in archive.namelist()


def person_called(library, name: str) -> Person:
    return next(one for one in people(library) if one.name == name)


def leaves_and_returns(page: Page, library, audit: str) -> None:
    """What was filled in is there after a reload, and a second tab is told that it is behind."""
    rater = person_called(library, RATERS[0])
    group = page.get_by_role("radiogroup", name=re.compile("^Map C"))
    other = page.context.new_page()
    other.set_default_timeout(PATIENCE)
    other.goto(page.url)
    name_oneself(other, RATERS[0])
    submitted(other, 0)
    group.first.get_by_role("radio", name="5").check(force=True)
    until(page, lambda: draft(library, rater, audit, 0)[1] == 1)
    other.get_by_role("radiogroup", name=re.compile("^Map A")).first.get_by_role("radio", name="1").check(
        force=True
    )
    expect(other.get_by_text("filled in further in another tab")).to_be_visible()
    other.close()
    page.reload()
    name_oneself(page, RATERS[0])
    submitted(page, 0)
    expect(group.first.get_by_role("radio", name="5")).to_be_checked()


def draws(page: Page, library, audit: str) -> None:
    """An ellipse on the slice is kept with the draft, in pixels of the slice."""
    rater = person_called(library, RATERS[1])
    pane = page.locator(".viewer .pane").first
    pane.click()
    page.keyboard.press("e")
    box = pane.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=5)
    page.mouse.up()
    until(page, lambda: bool(draft(library, rater, audit, 0)[0].get("region")))
    rows, columns = zip(*draft(library, rater, audit, 0)[0]["region"], strict=True)
    assert 0 < max(rows) - min(rows) < 64
    assert 0 < max(columns) - min(columns) < 48
    at_rest(page)
