"""A class in browsers: a teacher, a projector and three learners, with a restart of the server in the middle."""

from __future__ import annotations

import csv
import io
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from spine_core.library.people import add_person
from spine_core.library.store import open_library
from spine_core.library.types import Person, Role
from spine_core.teaching.rooms.room_answers import room_answers
from spine_core.teaching.rooms.store import open_room, rooms
from tests.browser.accessibility import assert_accessible, assert_plain_accessible
from tests.browser.conftest import _wait, empty_window
from tests.browser.test_library import home
from tests.browser.waiting import PATIENCE, at_rest, until
from tests.conftest import ROOT
from tests.teaching.making import set_with_maps

__all__ = ["home"]

pytestmark = pytest.mark.browser

NAMES = ("<script>window.hit=1</script>"[:24], "Ben & <b>Co</b>", "[x](javascript:0)")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 720}


@dataclass
class Restarting:
    """A server that is stopped and started again on its port and its data."""

    log: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*command, f"--server.port={self.port}"], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        _wait(self.process, f"{self.url}/_stcore/health", self.log)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


@pytest.fixture
def app(home, tmp_path) -> Iterator[Restarting]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Restarting(tmp_path / "log", port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def teacher(home):
    return add_person(open_library(), "Tea Teacher", Role.TEACHER)


@pytest.fixture
def set_id(teacher) -> str:
    return set_with_maps(open_library(), teacher)[0]


def window(browser: Browser, size: dict[str, int]) -> Page:
    """A browser of its own: pages of one context share cookies."""
    page = browser.new_context(viewport=size).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def joined(browser: Browser, url: str, code: str, name: str, size: dict[str, int] = DESK) -> Page:
    page = window(browser, size)
    page.goto(f"{url}/class/?code={code}")
    page.get_by_label("Nickname").fill(name)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#who")).to_have_text(name)
    expect(page.locator("#view svg")).to_be_visible()
    return page


def answer(page: Page, grade: str, confidence: str = "4: sure") -> None:
    page.get_by_role("radio", name=grade, exact=True).check()
    if grade != "cannot tell":
        page.get_by_role("radio", name=confidence).check()
    saved(page)


def saved(page: Page) -> None:
    expect(page.get_by_text("All answers are saved.")).to_be_visible()


def mark(page: Page) -> None:
    page.get_by_role("button", name="Mark the place").click()
    box = page.locator("#view").bounding_box()
    page.locator("#view").click(position={"x": box["width"] / 2, "y": box["height"] / 4})
    expect(page.get_by_text("marked on slice 1")).to_be_visible()


def mark_by_keys(page: Page) -> None:
    page.get_by_role("button", name="Mark the place").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_text("marked on slice 1")).to_be_visible()


def opened_room(page: Page, url: str, teacher: Person) -> tuple[str, str]:
    """The teacher opens a room; its id and code."""
    page.goto(f"{url}/room")
    at_rest(page)
    page.get_by_role("button", name="Open a room for a class").click()
    expect(page.get_by_text("Nobody has joined yet.")).to_be_visible()
    at_rest(page)
    (room,) = rooms(open_library(), teacher)
    return room.id, room.code


def projector_of(browser: Browser, teacher: Page) -> Page:
    link = teacher.get_by_role("link", name="Projector").get_attribute("href")
    page = window(browser, {"width": 1920, "height": 1080})
    page.goto(link)
    expect(page.locator("#pictures svg")).to_be_visible()
    # The secret does not stay in sight.
    assert "#" not in page.url
    return page


def step(teacher: Page, name: str) -> None:
    at_rest(teacher)
    teacher.get_by_role("button", name=name).click()


def test_a_class_works_through_a_case_and_a_restart_loses_nothing(browser, app, teacher, set_id):
    leading = empty_window(browser)
    room_id, code = opened_room(leading, app.url, teacher)
    sizes = (PHONE, DESK, DESK)
    learners = [joined(browser, app.url, code, name, size) for name, size in zip(NAMES, sizes, strict=True)]
    projector = projector_of(browser, leading)
    expect(leading.get_by_text("0 of 3 have answered")).to_be_visible()
    for name in NAMES:
        expect(leading.get_by_text(f"{name} (0 of 1)")).to_be_visible()
    answer(learners[0], "III")
    mark(learners[0])
    saved(learners[0])
    answer(learners[1], "IV", "5: certain")
    mark_by_keys(learners[1])
    saved(learners[1])
    expect(projector.get_by_text("2 of 3 have answered")).to_be_visible()
    for page in (learners[0], projector):
        assert_plain_accessible(page)

    app.stop()
    answering_without_server(learners[2])
    app.start()
    expect(learners[2].get_by_text("Connection lost, trying again")).to_be_hidden()
    saved(learners[2])
    returns(leading, learners[0])
    expect(projector.get_by_text("3 of 3 have answered")).to_be_visible()

    reveals(leading, learners, projector)
    answer(learners[0], "IV")
    step(leading, "Show the reference")
    for page in learners:
        expect(page.get_by_text("Look at the nucleus")).to_be_visible()
        expect(page.get_by_text("Reference: IV (consensus).")).to_be_visible()
        assert page.evaluate("window.hit") is None
    expect(projector.get_by_text("Look at the nucleus")).to_be_visible()
    for page in (learners[0], projector):
        assert_plain_accessible(page)
    assert_accessible(leading)

    given = room_answers(open_library(), teacher, room_id)
    assert sorted((one.stage.value, one.answers[0].grade) for one in given) == [
        ("after", "4"), ("before", "3"), ("before", "4"), ("before", "5"),
    ]  # fmt: skip
    closes(leading, learners)
    log = app.log.read_text()
    assert not [one for one in (*NAMES, code) if one in log]


def answering_without_server(page: Page) -> None:
    """A learner answers while the server is away: the page says so and stores it later."""
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    page.get_by_role("radio", name="V", exact=True).check()
    page.get_by_role("radio", name="2: rather unsure").check()


def returns(leading: Page, learner: Page) -> None:
    """The teacher and a learner reload, and are where they were."""
    leading.reload()
    expect(leading.get_by_text("3 of 3 have answered")).to_be_visible()
    learner.reload()
    expect(learner.get_by_role("radio", name="III", exact=True)).to_be_checked()
    expect(learner.get_by_text("marked on slice 1")).to_be_visible()


def reveals(leading: Page, learners: list[Page], projector: Page) -> None:
    for page in learners:
        expect(page.locator("#view img")).to_have_count(1)
        assert "Networks" not in page.content()
    step(leading, "Reveal the networks")
    for page in learners:
        expect(page.get_by_text("Networks: IV, 90 %.")).to_be_visible()
        # The slice and a map over it.
        expect(page.locator("#view img")).to_have_count(2)
    expect(projector.get_by_text("Taps before the reveal: 2")).to_be_visible()
    expect(projector.locator("figure")).to_have_count(6)
    expect(projector.locator(".histogram")).to_have_attribute(
        "aria-label", re.compile("before: .*III 1, IV 1, V 1")
    )


def closes(leading: Page, learners: list[Page]) -> None:
    at_rest(leading)
    leading.get_by_role("button", name="Close the room").click()
    leading.get_by_role("button", name="Close it").click()
    expect(leading.get_by_text("This room was closed")).to_be_visible()
    for page in learners:
        expect(page.get_by_role("heading", name="The room is closed")).to_be_visible()
    at_rest(leading)
    with leading.expect_download() as download:
        leading.get_by_role("button", name="Results as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [(one["learner"], one["stage"], one["grade"], one["right"]) for one in rows] == [
        ("Learner 1", "before", "3", "0"), ("Learner 1", "after", "4", "1"), ("Learner 2", "before", "4", "1"),
        ("Learner 3", "before", "5", "0"),
    ]  # fmt: skip


def test_two_rooms_are_apart_and_one_browser_may_be_in_both(browser, app, teacher, set_id):
    one, other = (open_room(open_library(), teacher, set_id) for _ in range(2))
    first = joined(browser, app.url, one.code, "Mia")
    second = first.context.new_page()
    second.goto(f"{app.url}/class/?code={other.code}")
    second.get_by_label("Nickname").fill("Mia")
    second.get_by_role("button", name="Join").click()
    leading = empty_window(browser)
    leading.goto(f"{app.url}/room?room={one.id}")
    expect(leading.get_by_text("0 of 1 have answered")).to_be_visible()
    step(leading, "Reveal the networks")
    expect(first.get_by_text("Networks: IV, 90 %.")).to_be_visible()
    expect(second.get_by_text("Answer now.")).to_be_visible()
    assert "Networks" not in second.content()


def test_a_wrong_code_is_one_sentence(browser, app, teacher):
    page = window(browser, PHONE)
    page.goto(f"{app.url}/class/")
    page.get_by_label("Code of the room").fill("zzzzzz")
    page.get_by_label("Nickname").fill("Mia")
    assert_plain_accessible(page)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#join-error")).to_have_text("There is no open room with this code.")
    until(page, lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
