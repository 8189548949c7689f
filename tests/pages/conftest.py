from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pages.components.session.state import SessionState
from spine_core.library.store import Library, open_library
from spine_core.networks import registry
from tests.conftest import ROOT
from tests.pages import fakes

Page = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def _installed_packages_are_scanned_once() -> Iterator[None]:
    """Streamlit reads the metadata of every installed package for each ``AppTest``: half of the time of a test."""
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


@pytest.fixture
def store(monkeypatch) -> SessionState:
    """A session with a study that has been read."""
    # Not ``load_bundle`` itself: modules that are first imported meanwhile would keep the replacement for ever.
    monkeypatch.setattr(registry, "_load", lambda folder, device: fakes.bundle())
    store = SessionState(study=fakes.study())
    store.adopt(fakes.reading())
    yield store
    store.jobs.close()


@pytest.fixture
def page(store) -> Page:
    """Opens a page of the app by name, in that session or in another."""

    def opened(name: str, session: SessionState = store) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60)
        app.session_state["store"] = session
        app.run()
        return app.switch_page(f"{name}.py").run()

    return opened


@pytest.fixture
def library(tmp_path, monkeypatch) -> Library:
    """An empty library of the test's own, which the pages open as well."""
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)
    return open_library()


def settle(app: AppTest, store: SessionState, seconds: float = 60.0) -> AppTest:
    """Runs the page until no job of the session is going on, as its refresh would in a browser."""
    until = time.monotonic() + seconds
    settled = False
    while not settled:
        app.run()
        jobs = [job for _, job in store.jobs.items()]
        if all(job.over for job in jobs):
            # This run takes over what has ended, and may start what follows from it.
            app.run()
            settled = all(job in jobs for _, job in store.jobs.items())
        assert time.monotonic() < until, "the work did not end"
        for job in jobs:
            job.wait(1.0)
    return app
