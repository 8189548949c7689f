"""Draws the phantoms of the bundled sets when the page Teach is opened for the first time: once for all sessions."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from spine_core.jobs import Busy, Lane, Session, submit
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library, open_library
from spine_core.progress import Progress
from spine_core.teaching.phantom_sets.growth import missing_sets
from spine_core.teaching.phantom_sets.install import Drawn, draw_next

SWITCH = "SPINELENS_PHANTOM_EXERCISES"
"""An installation that does not want them sets this variable to ``off``."""

AT_ONCE = 2
"""Phantoms that are drawn at the same time: as many as the pool has workers for jobs that nobody waits for."""

LOOK_AGAIN_S = 2.0


@dataclass
class _Drawing:
    """Of one library. ``at_work``: how many draw; 0 once there is nothing left to draw, or all of them failed."""

    drawn: Drawn
    at_work: int = 0
    failed: bool = False


_JOBS = Session()
"""Of the whole process: two people who open the page at once must not draw everything twice."""
_LOCK = threading.RLock()
_drawings: dict[str, _Drawing] = {}
"""By the library's folder; remembered at the end, so that no later run of the page asks the database again."""


def begin_drawing() -> None:
    """Starts where sets are missing, once per library and start of the server; failures are not repeated."""
    if os.environ.get(SWITCH) == "off":
        return
    try:
        library = open_library()
        with _LOCK:
            if _key(library) in _drawings:
                return
            _drawings[_key(library)] = _Drawing(Drawn(0, 1))
            if missing_sets(library):
                _drawings[_key(library)].at_work = AT_ONCE
                for number in range(AT_ONCE):
                    _hand_in(library, number)
    except LibraryError:
        # A library that cannot be opened is told of elsewhere.
        return


def is_drawing(library: Library) -> bool:
    """Whether more cases come soon."""
    found = _drawings.get(_key(library))
    return found is not None and found.at_work > 0


def drawing(library: Library) -> None:
    """How far it is, where it goes on."""
    found = _drawings.get(_key(library))
    if found is not None and is_drawing(library):
        _progress(library, found.drawn)
    elif found is not None and found.failed and missing_sets(library):
        st.caption(
            "Some of the bundled phantom exercises could not be drawn; this is tried again when the server is started."
        )


@st.fragment(run_every=LOOK_AGAIN_S)
def _progress(library: Library, shown: Drawn) -> None:
    if not is_drawing(library) or _drawings[_key(library)].drawn != shown:
        # A case more can be worked through, which the list of sets counts.
        st.rerun()
    count = (
        f"{shown.done} of {shown.of}. You can begin meanwhile" if shown.done else "the first comes in seconds"
    )
    st.progress(
        shown.done / shown.of, f"Drawing the bundled phantom exercises, once for this installation: {count}."
    )


def _hand_in(library: Library, number: int) -> None:
    try:
        submit(_JOBS, f"{_key(library)} {number}", _piece(library, number), lane=Lane.BACKGROUND)
    except Busy:
        _ended(library)


def _piece(library: Library, number: int) -> Callable[[Progress], None]:
    """One phantom; then the next one is handed in, behind what others have handed in meanwhile."""

    def run(progress: Progress) -> None:
        try:
            drawn = draw_next(library, progress)
        except BaseException:
            _ended(library, failed=True)
            raise
        if drawn is None:
            _ended(library)
            return
        with _LOCK:
            _drawings[_key(library)].drawn = drawn
        _hand_in(library, number + AT_ONCE)

    return run


def _ended(library: Library, *, failed: bool = False) -> None:
    """One of those at work stops; what it could not draw is left to the others."""
    with _LOCK:
        found = _drawings[_key(library)]
        found.at_work -= 1
        found.failed |= failed
        if not found.at_work and not found.failed and missing_sets(library):
            # The server was busy: the next visit goes on with it.
            del _drawings[_key(library)]


def _key(library: Library) -> str:
    return str(library.folder)
