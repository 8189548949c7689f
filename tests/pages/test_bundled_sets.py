"""The bundled phantom exercises on the page Teach."""

from __future__ import annotations

import time

import pytest

from pages.components.teach.exercise import bundled_sets
from spine_core.library.people import add_person
from spine_core.teaching.phantom_sets.install import Drawn
from tests.pages.test_pages import texts


@pytest.fixture
def drawn(monkeypatch, library):
    """Drawing takes no time and stores nothing; counts its pieces."""
    monkeypatch.delenv(bundled_sets.SWITCH, raising=False)
    monkeypatch.setattr(bundled_sets, "_state", {})
    pieces = []

    def draw_next(library, progress):
        pieces.append(len(pieces))
        return Drawn(len(pieces), 3) if len(pieces) <= 3 else None

    monkeypatch.setattr(bundled_sets, "draw_next", draw_next)
    return pieces


def ended(library) -> object:
    end = time.monotonic() + 30
    while isinstance(bundled_sets._state[str(library.folder)], Drawn):
        assert time.monotonic() < end
        time.sleep(0.01)
    return bundled_sets._state[str(library.folder)]


def test_they_are_drawn_once_whoever_opens_the_page(page, store, library, drawn):
    page("teach")
    page("teach")
    assert ended(library) is bundled_sets.Outcome.DONE
    page("teach")
    assert drawn == [0, 1, 2, 3]


def test_an_installation_without_them(page, store, library, drawn, monkeypatch):
    monkeypatch.setenv(bundled_sets.SWITCH, "off")
    page("teach")
    assert drawn == []


def test_a_failure_is_said_and_not_repeated(page, store, library, drawn, monkeypatch):
    store.person_id = add_person(library, "Anna").id

    def fails(library, progress):
        raise OSError("no space left")

    monkeypatch.setattr(bundled_sets, "draw_next", fails)
    page("teach")
    assert ended(library) is bundled_sets.Outcome.FAILED
    app = page("teach")
    app.segmented_control(key="teach-part").set_value("Exercises").run()
    assert "could not be drawn" in texts(app)
    assert "no space" not in texts(app)
