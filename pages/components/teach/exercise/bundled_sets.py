"""Draws the phantoms of the bundled sets when the page Teach is opened for the first time: once for all sessions."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from enum import StrEnum

import streamlit as st

from spine_core.jobs import Busy, Lane, Session, submit
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library, open_library
from spine_core.progress import Progress
from spine_core.teaching.phantom_sets.install import Drawn, draw_next, missing_sets

SWITCH = "SPINELENS_PHANTOM_EXERCISES"
"""An installation that does not want them sets this variable to ``off``."""

LOOK_AGAIN_S = 2.0


class Outcome(StrEnum):
    """How the drawing ended."""

    DONE = "done"
    FAILED = "failed"


_JOBS = Session()
"""Of the whole process: two people who open the page at once must not draw everything twice."""
_LOCK = threading.Lock()
_state: dict[str, Drawn | Outcome] = {}
"""How far it is, or how it ended, by the library's folder."""


def begin_drawing() -> None:
    """Starts where sets are missing, once per library and start of the server; failures are not repeated."""
    if os.environ.get(SWITCH) == "off":
        return
    try:
        library = open_library()
        with _LOCK:
            if _key(library) in _state:
                return
            # Remembered, so that no later run of the page asks the database again.
            _state[_key(library)] = Drawn(0, 1) if missing_sets(library) else Outcome.DONE
            if is_drawing(library):
                _hand_in(library, 0)
    except LibraryError:
        # A library that cannot be opened is told of elsewhere.
        return


def is_drawing(library: Library) -> bool:
    """Whether more sets come soon."""
    return isinstance(_state.get(_key(library)), Drawn)


def drawing(library: Library) -> None:
    """How far it is, where it goes on."""
    state = _state.get(_key(library))
    if isinstance(state, Drawn):
        _progress(library, missing_sets(library))
    elif state is Outcome.FAILED:
        st.caption(
            "The bundled phantom exercises could not be drawn; this is tried again when the server is started."
        )


@st.fragment(run_every=LOOK_AGAIN_S)
def _progress(library: Library, missing: tuple[str, ...]) -> None:
    drawn = _state.get(_key(library))
    if not isinstance(drawn, Drawn) or missing_sets(library) != missing:
        # A set more can be worked through.
        st.rerun()
    count = f"{drawn.done} of {drawn.of}" if drawn.done else "first"
    st.progress(
        drawn.done / drawn.of, f"Drawing the bundled phantom exercises, once for this installation: {count}"
    )


def _hand_in(library: Library, number: int) -> None:
    try:
        submit(_JOBS, f"{_key(library)} {number}", _piece(library, number), lane=Lane.BACKGROUND)
    except Busy:
        # The next visit goes on with it.
        _state.pop(_key(library), None)


def _piece(library: Library, number: int) -> Callable[[Progress], None]:
    """One phantom; then the next one is handed in, behind what others have handed in meanwhile."""

    def run(progress: Progress) -> None:
        try:
            drawn = draw_next(library, progress)
            _state[_key(library)] = Outcome.DONE if drawn is None else drawn
            if drawn is not None:
                _hand_in(library, number + 1)
        except BaseException:
            _state[_key(library)] = Outcome.FAILED
            raise

    return run


def _key(library: Library) -> str:
    return str(library.folder)
