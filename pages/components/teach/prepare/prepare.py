"""Sets of a teacher."""

from __future__ import annotations

from pages.components.session.state import SessionState
from spine_core.library.store import Library
from spine_core.library.types import Person


def prepare(store: SessionState, library: Library, person: Person) -> None:
    """Comes with the next commit."""
