from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.waiting import PATIENCE
from tests.conftest import ROOT
from tests.services.ports import free_port

QUICK = "tests/browser/quick/app.py"
"""The app whose perturbation methods and metrics evaluate one small network instead of three."""

LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Server:
    url: str
    log: Path


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    """The app with a quick backend, on a free port."""
    with serving(QUICK, tmp_path_factory.mktemp("server") / "log") as server:
        yield server


@pytest.fixture(scope="session")
def linked(tmp_path_factory) -> Iterator[Server]:
    """A page of linked panes with maps, without networks. It forgets a session a second after its last connection."""
    log = tmp_path_factory.mktemp("linked") / "log"
    with serving("tests/browser/linked/app.py", log, "--server.disconnectedSessionTTL=1") as server:
        yield server


@contextmanager
def serving(app: str, log: Path, *options: str) -> Iterator[Server]:
    """One ASGI entry of the repository, on a free port."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        app,
        "--server.headless=true",
        f"--server.port={port}",
        *options,
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment)
        try:
            url = f"http://localhost:{port}"
            _wait(process, f"{url}/_stcore/health", log)
            yield Server(url, log)
        finally:
            process.terminate()
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with LOCAL.open(url, timeout=2):
                return
        except OSError:
            # Returns as soon as the server ends, which it should not.
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                break
    pytest.fail(f"the server did not answer: {log.read_text()}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per file; pages that tests share are opened in it."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser; what a test opens in it is closed after the test."""
    shared = list(chromium.contexts)
    yield chromium
    for context in chromium.contexts:
        if context not in shared:
            context.close()


def empty_window(browser: Browser) -> Page:
    """An empty window as large as the smallest screen that must do."""
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    opened.set_default_timeout(PATIENCE)
    return opened


@pytest.fixture
def page(browser, server) -> Iterator[Page]:
    """A browser window on the app with the demonstration study. Scripts that fail on the page fail the test."""
    with demonstration(browser, server) as opened:
        yield opened


@contextmanager
def demonstration(browser: Browser, server: Server) -> Iterator[Page]:
    """A browser window on a server's demonstration study. Scripts that fail on the page are an error at the end."""
    failures: list[str] = []
    opened = empty_window(browser)
    opened.on("pageerror", lambda error: failures.append(str(error)))
    opened.goto(f"{server.url}/?study=demo")
    yield opened
    opened.close()
    assert not failures


@pytest.fixture(scope="session")
def phantom_zip(tmp_path_factory) -> Path:
    """The demonstration study as somebody would upload it, under a name that must not reach a log."""
    from pages.components.study_jobs import DEMONSTRATION
    from spine_core.phantom import demo_study

    study = demo_study(DEMONSTRATION)
    archive = shutil.make_archive(str(tmp_path_factory.mktemp("zip") / "Doe^Jane"), "zip", study)
    return Path(archive)


@pytest.fixture(scope="session")
def phantom_folder(tmp_path_factory) -> Path:
    """The demonstration study as a CD holds it: files without an ending, in folders."""
    from pages.components.study_jobs import DEMONSTRATION
    from spine_core.phantom import demo_study

    folder = tmp_path_factory.mktemp("folder") / "DICOM"
    for number, file in enumerate(sorted(p for p in demo_study(DEMONSTRATION).rglob("*") if p.is_file())):
        target = folder / f"ST{number % 3}" / f"IM{number:05d}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return folder


SLOW_NETWORK = """
window.late = 0;
window.WebSocket = class extends WebSocket {
  constructor(...all) {
    super(...all);
    this.addEventListener("message", (event) => {
      if (!window.slow || event.held) return;
      event.stopImmediatePropagation();
      const again = Object.assign(new MessageEvent("message", { data: event.data }), { held: true });
      setTimeout(() => {
        window.late += 1;
        this.dispatchEvent(again);
      }, window.slow);
    });
  }
};
"""
"""The server's messages arrive ``window.slow`` milliseconds late; ``window.late`` counts those that have arrived."""


def on_a_slow_network(page: Page) -> None:
    """Opens the app anew so that ``window.slow`` can be set."""
    page.add_init_script(SLOW_NETWORK)
    page.reload()
