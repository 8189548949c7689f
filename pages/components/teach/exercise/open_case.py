"""What one tab knows of the case that a learner reads, and the steps of the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from pages.components.teach.finding_form import Finding, finding_of, key_of
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.answers import Answer, Click
from spine_core.teaching.attempt import Attempt, State
from spine_core.teaching.attempts import change_mind, commit, debrief, reveal, save_draft
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.shown import draft, given

OPEN = "exercise-open"


@dataclass(eq=False)
class OpenCase:
    """A case that a learner reads. ``content``: the draft as it was saved last, ``saved`` the number of that state.

    ``exercise``: without its answers, whoever reads. ``problem``: why the last change was not saved. ``selected``: the
    finding whose maps are shown. ``loaded``: number of the state that the form began with: another one is another form.
    ``committed``: the first answers; empty before the commit. ``named``: findings whose maps have their names.
    """

    attempt: Attempt
    exercise: ExerciseSet
    content: dict[str, Any]
    saved: int
    problem: LibraryError | None = None
    selected: Finding | None = None
    committed: tuple[Answer, ...] = ()
    loaded: int = 0
    named: set[Finding] = field(default_factory=set)

    @property
    def key(self) -> str:
        """Tells this step of the case from all others."""
        return f"{self.attempt.id}-{self.attempt.state.value}"

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """Grade and confidence by key of the finding."""
        return dict(self.content.get("answers", {}))

    @property
    def places(self) -> dict[Finding, Click]:
        """The marked places."""
        return {finding_of(key): Click(**value) for key, value in self.content.get("places", {}).items()}

    @property
    def remaining(self) -> float | None:
        """Seconds until the time limit, by the server's clock; None without one, and after the commit."""
        limit = self.exercise.time_limit_s
        if limit is None or self.attempt.state is not State.OPEN:
            return None
        return limit - (datetime.now(UTC) - self.attempt.opened).total_seconds()


def open_case(library: Library, person: Person, attempt: Attempt, exercise: ExerciseSet) -> OpenCase:
    """The case of this tab, with the draft of the database where it was not open yet."""
    wanted = (attempt.id, attempt.state, person.id)
    there = st.session_state.get(OPEN)
    if there is None or there[0] != wanted:
        content, saved = draft(library, person, attempt.id)
        answers = given(library, person, attempt.id)
        if attempt.state is State.REVEALED and not content:
            content = _as_content(answers[-1].answers)
        first = answers[0].answers if answers else ()
        opened = OpenCase(attempt, exercise.without_answers(), content, saved, committed=first, loaded=saved)
        there = st.session_state[OPEN] = (wanted, opened)
    found: OpenCase = there[1]
    return found


def close_case() -> None:
    """The next run of the page reads the case anew from the database."""
    st.session_state.pop(OPEN, None)


def keep(store: SessionState, library: Library, opened: OpenCase, **changed: Any) -> None:
    """Saves what was changed; where that cannot be done, ``problem`` says why."""
    content = {**opened.content, **changed}
    try:
        person = required_person(store, library)
        opened.saved = save_draft(library, person, opened.attempt.id, content, opened.saved)
    except LibraryError as error:
        opened.problem = error
        return
    opened.content, opened.problem = content, None


def keep_place(
    store: SessionState, library: Library, opened: OpenCase, finding: Finding, click: Click | None
) -> None:
    """Saves a place, or that there is none any more."""
    places = {**opened.content.get("places", {}), key_of(finding): click and vars(click)}
    keep(store, library, opened, places={key: value for key, value in places.items() if value is not None})


def hand_in(store: SessionState, library: Library, opened: OpenCase, filled: Mapping[str, Any]) -> None:
    """The next step of the case with the answers of the form; where that cannot be done, ``problem`` says why."""
    # What was clicked last may not be in the draft; and a tab that is behind another one must not commit.
    keep(store, library, opened, answers=dict(filled["answers"]))
    if opened.problem is not None:
        return
    answers = _answers(opened)
    try:
        person = required_person(store, library)
        if opened.attempt.state is State.OPEN:
            commit(library, person, opened.attempt.id, answers)
            go_on(library, person, opened)
        else:
            if answers != _sorted(opened, given(library, person, opened.attempt.id)[-1].answers):
                change_mind(library, person, opened.attempt.id, answers)
            debrief(library, person, opened.attempt.id)
    except LibraryError as error:
        opened.problem = error
        return
    close_case()


def go_on(library: Library, person: Person, opened: OpenCase) -> None:
    """From the commit to what the networks say, or to the reference where the set is without them."""
    step = reveal if opened.exercise.with_networks else debrief
    step(library, person, opened.attempt.id)


def _answers(opened: OpenCase) -> tuple[Answer, ...]:
    places, answers = opened.places, opened.answers
    return tuple(
        Answer(
            *finding, answers[key_of(finding)]["grade"], answers[key_of(finding)]["confidence"],
            places.get(finding),
        )
        for finding in opened.exercise.asked if key_of(finding) in answers
    )  # fmt: skip


def _sorted(opened: OpenCase, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """In the order of the form."""
    by_finding = {(one.level, one.condition): one for one in answers}
    return tuple(by_finding[finding] for finding in opened.exercise.asked)


def _as_content(answers: tuple[Answer, ...]) -> dict[str, Any]:
    keyed = {key_of((one.level, one.condition)): one for one in answers}
    return {
        "answers": {key: {"grade": one.grade, "confidence": one.confidence} for key, one in keyed.items()},
        "places": {key: vars(one.click) for key, one in keyed.items() if one.click is not None},
    }
