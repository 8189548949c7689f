"""Asks who the reader is, in the way of this installation."""

from __future__ import annotations

from pages.components.library.reader import reader
from pages.components.library.sign_in import signed_in
from pages.components.session.identity import sign_in_configured
from pages.components.session.state import SessionState
from spine_core.library.store import Library
from spine_core.library.types import Person


def asked_person(store: SessionState, library: Library) -> Person | None:
    """Sign-in, or the choice of a name; None until the reader has answered. Raises ``LibraryError``."""
    return signed_in(store, library) if sign_in_configured() else reader(store, library)
