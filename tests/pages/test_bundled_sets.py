"""The bundled phantom exercises on the page Teach."""

from __future__ import annotations

import threading
import time

import pytest

from pages.components.teach.exercise import bundled_sets
from spine_core.jobs import Busy
from spine_core.library.people import add_person
from spine_core.teaching.phantom_sets.install import Drawn
from tests.pages.test_pages import texts


class Drawing:
    """Drawing takes no time and stores nothing. ``pieces``: the phantoms that were drawn."""

    def __init__(self, phantoms: int) -> None:
        self.pieces: list[int] = []
        self.phantoms = phantoms
        self._lock = threading.Lock()

    def draw_next(self, library, progress) -> Drawn | None:
        with self._lock:
            if len(self.pieces) == self.phantoms:
                return None
            self.pieces.append(len(self.pieces))
            return Drawn(len(self.pieces), self.phantoms)

    def missing_sets(self, library) -> tuple[str, ...]:
        return ("graded",) if len(self.pieces) < self.phantoms else ()


@pytest.fixture
def drawn(monkeypatch, library):
    monkeypatch.delenv(bundled_sets.SWITCH, raising=False)
    monkeypatch.setattr(bundled_sets, "_drawings", {})
    made = Drawing(3)
    for name in ("draw_next", "missing_sets"):
        monkeypatch.setattr(bundled_sets, name, getattr(made, name))
    return made


def wait_until_over(library) -> None:
    end = time.monotonic() + 30
    while bundled_sets.is_drawing(library):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_they_are_drawn_once_whoever_opens_the_page(page, store, library, drawn):
    page("teach")
    page("teach")
    wait_until_over(library)
    page("teach")
    assert drawn.pieces == [0, 1, 2]
    assert not bundled_sets._drawings[str(library.folder)].failed


def test_an_installation_without_them(page, store, library, drawn, monkeypatch):
    monkeypatch.setenv(bundled_sets.SWITCH, "off")
    page("teach")
    assert drawn.pieces == []


def test_what_one_could_not_draw_the_other_draws(page, store, library, drawn, monkeypatch):
    fails = iter([OSError("no space left")])

    def draw_next(library, progress):
        for error in fails:
            raise error
        return drawn.draw_next(library, progress)

    monkeypatch.setattr(bundled_sets, "draw_next", draw_next)
    page("teach")
    wait_until_over(library)
    assert drawn.pieces == [0, 1, 2]


def test_a_failure_is_said_and_not_repeated(page, store, library, drawn, monkeypatch):
    store.person_id = add_person(library, "Anna").id

    def fails(library, progress):
        raise OSError("no space left")

    monkeypatch.setattr(bundled_sets, "draw_next", fails)
    page("teach")
    wait_until_over(library)
    app = page("teach")
    app.segmented_control(key="teach-part").set_value("Exercises").run()
    assert "could not be drawn" in texts(app)
    assert "no space" not in texts(app)


def test_a_busy_server_draws_at_the_next_visit(page, store, library, drawn, monkeypatch):
    def busy(*args, **kwargs):
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(bundled_sets, "submit", busy)
        page("teach")
        assert not bundled_sets.is_drawing(library)
    page("teach")
    wait_until_over(library)
    assert drawn.pieces == [0, 1, 2]
