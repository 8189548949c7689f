"""A class of thirty at once: seconds from the reveal until everybody has what was revealed: `make bench-class`.

Thirty clients speak the protocol of the learners' page (the same poll every 0.7 s, the same pictures) and one real
headless Chromium is the next learner; the teacher's steps are made through the server's own page in a second window.
Server, clients and browsers share the machine. A reveal has reached a client when it has the state with the networks'
answers AND the map that the page shows at first. Ends with an error where an answer is lost.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from spine_core.library.people import add_person
from spine_core.library.store import open_library
from spine_core.library.types import Role
from spine_core.teaching.rooms.room_answers import room_answers
from spine_core.teaching.rooms.types import Stage
from tests.browser.chromium import launch
from tests.browser.conftest import serving
from tests.browser.waiting import PATIENCE
from tests.teaching.rooms.making import CONDITIONS, LEVELS, phantom_room

POLL = 0.7
GRADES = {"pfirrmann": ("1", "2", "3", "4", "5"), "herniation": ("0", "1")}
MIB = 2**20
BUSY = 0.8
"""Cores. Python computes in one thread at a time."""


@dataclass
class Client:
    """One learner by protocol. ``seen``: when a phase of a place was there with its pictures."""

    port: int
    code: str
    number: int
    cookie: str = ""
    version: int | str = ""
    seen: dict[tuple[int, str], float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    polls: list[float] = field(default_factory=list)
    end: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._ask("/class/api/join", {"code": self.code, "nickname": f"Learner no. {self.number}"})
        # Browsers do not begin at one moment either.
        self.end.wait(POLL * self.number / 30)
        while not self.end.wait(POLL):
            start = time.monotonic()
            told = self._ask(f"/class/api/{self.code}/state?version={self.version}")
            self.polls.append(time.monotonic() - start)
            if "phase" in told:
                self._take(told)

    def _take(self, told: dict) -> None:
        series = told["series"][0]
        pictures = [f"slices/{told['place']}/0/{series['first']}"]
        if told["networks"]:
            pictures.append(f"maps/{told['place']}/0/0")
        for one in pictures:
            self._ask(f"/class/api/{self.code}/{one}")
        self.version = told["version"]
        self.seen[told["place"], told["phase"]] = time.monotonic()
        stage = {"answering": "before", "revealed": "after"}.get(told["phase"])
        if stage is not None:
            start = time.monotonic()
            answers = [self._answer(one["key"], stage) for one in told["asked"]]
            saved = self._ask(
                f"/class/api/{self.code}/answers",
                {"place": told["place"], "stage": stage, "answers": answers},
            )
            assert saved == {"saved": len(answers)}, saved
            self.answered[stage] = time.monotonic() - start

    def _answer(self, key: str, stage: str) -> dict:
        grades = GRADES[key.split(" ")[1]]
        grade = grades[(self.number + (stage == "after")) % len(grades)]
        click = {"series": 0, "slice": 7, "row": 100 + self.number, "column": 150}
        return {"key": key, "grade": grade, "confidence": 3, "click": click}

    def _ask(self, path: str, sent: object = None) -> dict:
        headers = {"Cookie": self.cookie}
        body = None if sent is None else json.dumps(sent)
        self.connection.request("GET" if sent is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        assert answer.status == 200, (path, answer.status, data[:200])
        if answer.headers["Set-Cookie"]:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return json.loads(data) if answer.headers["Content-Type"].startswith("application/json") else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=30)
    args = parser.parse_args()
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SPINELENS_HOME"] = f"{folder}/home"
        os.environ.pop("SPINELENS_DATABASE", None)
        library = open_library()
        teacher = add_person(library, "Teacher", Role.TEACHER)
        room = phantom_room(library, teacher)
        with serving("app.py", Path(folder) / "log") as server, sync_playwright() as playwright:
            port = int(server.url.rsplit(":", 1)[1])
            clients = [Client(port, room.code, number) for number in range(args.learners)]
            lead(launch(playwright), server.url, room.id, room.code, clients)
        given = room_answers(library, teacher, room.id, 0)
        complete = [one for one in given if len(one.answers) == len(CONDITIONS) * len(LEVELS)]
        lost = 2 * args.learners - sum(one.stage in Stage for one in complete)
        assert lost == 0, f"{lost} answers lost"
        print(f"answers stored {len(complete)}, lost {lost}")


def lead(browser: Browser, url: str, room_id: str, code: str, clients: list[Client]) -> None:
    """Joins, answers, reveals, and prints the table."""
    server = server_of(url)
    threads = [threading.Thread(target=one.run, daemon=True) for one in clients]
    for one in threads:
        one.start()
    real, leading = browser.new_context().new_page(), browser.new_context().new_page()
    join(real, url, code)
    leading.goto(f"{url}/room?room={room_id}")
    expect(leading.get_by_text(f"{len(clients)} of {len(clients) + 1} have answered")).to_be_visible()
    before = server.cpu_times()
    start = time.monotonic()
    clicked = time.monotonic()
    leading.get_by_role("button", name="Reveal the networks").click()
    real.locator("#view img").nth(1).wait_for(timeout=PATIENCE)
    in_browser = time.monotonic() - clicked
    wait(lambda: all((0, "revealed") in one.seen and "after" in one.answered for one in clients))
    took = time.monotonic() - start
    used = sum(server.cpu_times()[:2]) - sum(before[:2])
    rss = server.memory_info().rss / MIB
    for one in clients:
        one.end.set()
    for one in threads:
        one.join(30)
    table(clients, clicked, in_browser, rss, used / took)


def join(page: Page, url: str, code: str) -> None:
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/class/?code={code}")
    page.get_by_label("Nickname").fill("In a browser")
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#view svg")).to_be_visible()


def table(clients: list[Client], clicked: float, in_browser: float, rss: float, cores: float) -> None:
    reached = [one.seen[0, "revealed"] - clicked for one in clients]
    polls = [one for client in clients for one in client.polls]
    stored = [one.answered["after"] for one in clients]
    load = os.getloadavg()[0]
    print(f"{len(clients)} learners by protocol and one in Chromium, {os.cpu_count()} cores, load {load:.1f}")
    row("reveal until state and map are there", reached)
    print(f"{'the same in Chromium':<40}{1:>6} times, {in_browser:.2f} s from the teacher's click")
    row("answer until stored", stored)
    row("poll", polls)
    print(f"server: {rss:,.0f} MiB resident, {cores:.2f} cores busy from the click until all had answered")
    # Half an interval passes on average before a browser asks.
    beyond = float(np.median(reached)) - POLL / 2
    print(
        f"bottleneck: {bottleneck(beyond, cores, load)}; {beyond:.2f} s of the median are not waiting for the next poll"
    )


def bottleneck(beyond: float, cores: float, load: float) -> str:
    """What the median is made of. ``beyond``: seconds of it after a browser has asked."""
    if beyond < POLL / 2:
        return "the interval of the poll"
    if cores > BUSY:
        return "the server's one Python thread"
    return f"processors that all share (load {load:.1f}), of which the server used {cores:.2f}"


def row(words: str, seconds: list[float]) -> None:
    median, high = np.percentile(seconds, (50, 95))
    print(
        f"{words:<40}{len(seconds):>6} times, median {median:.2f} s, 95 % {high:.2f} s, at most {max(seconds):.2f} s"
    )


def wait(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < end, "not everybody was reached"
        time.sleep(0.02)


def server_of(url: str) -> psutil.Process:
    port = url.rsplit(":", 1)[1]
    children = psutil.Process().children(recursive=True)
    return next(one for one in children if f"--server.port={port}" in one.cmdline())


if __name__ == "__main__":
    main()
