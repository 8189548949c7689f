"""What one tab knows of the sheet that it shows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components.session.identity import required_person
from pages.components.session.state import SessionState, this_browser
from pages.components.viewer.pixel_route import PixelStore
from spine_core.audit.ratings.protocol import Protocol
from spine_core.audit.ratings.rating import Answers, draft, save_draft, submit, submitted_answers
from spine_core.audit.ratings.sheets import Sheet
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person

OPEN = "rate-open"


@dataclass(eq=False)
class OpenSheet:
    """A sheet that a rater fills in. ``content``: the draft as it was saved last, ``saved`` the number of that state.

    ``correcting``: the sheet was submitted before. ``problem``: why the last change was not saved.
    """

    audit_id: str
    protocol: Protocol
    sheet: Sheet
    content: dict[str, Any]
    saved: int
    correcting: bool = False
    problem: LibraryError | None = None
    shown: float = field(default_factory=time.monotonic)
    pixels: PixelStore = field(default_factory=lambda: PixelStore(this_browser()))

    @property
    def key(self) -> str:
        """Tells this sheet from all others, a sheet and its correction included."""
        return f"{self.audit_id}-{self.sheet.number}{'-again' if self.correcting else ''}"

    @property
    def seconds(self) -> float:
        """For how long it has been open, in this tab and before."""
        return float(self.content.get("seconds", 0.0)) + time.monotonic() - self.shown


def open_sheet(
    library: Library, person: Person, audit_id: str, protocol: Protocol, sheet: Sheet, *, correcting: bool
) -> OpenSheet:
    """The sheet of this tab, with the draft of the database where it was not open yet."""
    there = st.session_state.get(OPEN)
    wanted = (audit_id, sheet.number, correcting, person.id)
    if there is None or there[0] != wanted:
        content, saved = draft(library, person, audit_id, sheet.number)
        if correcting and not content:
            content = _as_content(submitted_answers(library, person, audit_id, sheet))
        there = st.session_state[OPEN] = (
            wanted,
            OpenSheet(audit_id, protocol, sheet, content, saved, correcting),
        )
    opened: OpenSheet = there[1]
    return opened


def close_sheet() -> None:
    """The next run of the page opens the sheet that is next, as it is in the database."""
    st.session_state.pop(OPEN, None)


def keep(store: SessionState, library: Library, opened: OpenSheet, **changed: Any) -> None:
    """Saves what was changed; where that cannot be done, ``problem`` says why."""
    content = {**opened.content, **changed}
    try:
        person = required_person(store, library)
        saved = {**content, "seconds": opened.seconds}
        opened.saved = save_draft(library, person, opened.audit_id, opened.sheet.number, saved, opened.saved)
    except LibraryError as error:
        opened.problem = error
        return
    opened.content, opened.problem = content, None


def hand_in(
    store: SessionState, library: Library, opened: OpenSheet, filled: Mapping[str, Any], reason: str
) -> None:
    """Submits the sheet; where that cannot be done, ``problem`` says why."""
    region = opened.content.get("region")
    answers = Answers(
        {letter: dict(scores) for letter, scores in filled["scores"].items()},
        str(filled["text"]),
        filled["grade"],
        None if region is None else tuple((float(row), float(column)) for row, column in region),
        round(opened.seconds, 1),
    )
    try:
        person = required_person(store, library)
        submit(library, person, opened.audit_id, opened.sheet.number, answers, reason=reason)
    except LibraryError as error:
        opened.problem = error
        return
    close_sheet()


def _as_content(answers: Answers) -> dict[str, Any]:
    scores = {letter: dict(given) for letter, given in answers.scores.items()}
    return {"scores": scores, "text": answers.text, "grade": answers.grade, "region": answers.region}
