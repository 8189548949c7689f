"""The form of a learner's answers, saved with every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.state import SessionState
from pages.components.teach.case_view import CaseView, place_words
from pages.components.teach.exercise.open_case import OpenCase, close_case, hand_in, keep, keep_place
from pages.components.teach.finding_form import Finding, FormContent, finding_form, finding_of, key_of
from pages.components.teach.place_controls import places_by_number
from spine_core.library.store import Library
from spine_core.teaching.answers import Click


@dataclass(frozen=True, eq=False)
class AnswerForm:
    """Form and places of an open case. ``network``: the cells of the reveal; empty before it."""

    store: SessionState
    library: Library
    opened: OpenCase
    view: CaseView
    network: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def draw(self, submit_label: str) -> bool:
        """Draws the form; True where it was submitted in this run."""
        opened = self.opened
        content = FormContent(
            f"{opened.key}-{opened.loaded}", opened.exercise.levels, opened.exercise.conditions, opened.answers,
            {key_of(finding): place_words(click) for finding, click in opened.places.items()},
            placing=" ".join(self.view.placing or ()),
            network=self.network,
            selected="" if opened.selected is None else key_of(opened.selected),
            saved="Saved." if opened.saved and opened.content else "Every answer is saved at once.",
            submit_label=submit_label,
            remaining=opened.remaining,
        )  # fmt: skip
        done = finding_form(
            f"answers-{opened.key}", content,
            draft=self._drafted, submit=self._submitted, place=self._place, look=self._look,
        )  # fmt: skip
        if opened.problem is not None:
            self._problem()
            return False
        return bool(done.submit)

    def numbers(self) -> None:
        """The marked places in numbers."""
        places_by_number(self.view, self.opened.places, self.put, self._remove)

    def put(self, finding: Finding, click: Click) -> None:
        """Saves a place."""
        keep_place(self.store, self.library, self.opened, finding, click)

    def _remove(self, finding: Finding) -> None:
        keep_place(self.store, self.library, self.opened, finding, None)

    def _drafted(self, filled: Mapping[str, Any]) -> None:
        keep(self.store, self.library, self.opened, answers=dict(filled["answers"]))

    def _submitted(self, filled: Mapping[str, Any]) -> None:
        self.view.placing = None
        hand_in(self.store, self.library, self.opened, filled)

    def _place(self, told: Mapping[str, Any]) -> None:
        finding = finding_of(told["finding"])
        self.view.placing = None if self.view.placing == finding else finding

    def _look(self, told: Mapping[str, Any]) -> None:
        self.opened.selected = finding_of(told["finding"])

    def _problem(self) -> None:
        assert self.opened.problem is not None
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(f"Not saved: {as_sentence(self.opened.problem)}", icon=":material/error:")
            if st.button("Load what is saved", on_click=close_case, key=f"load-{self.opened.key}"):
                # Not this fragment alone, which knows the case as it was.
                st.rerun()
