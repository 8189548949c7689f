"""Changes the answers of one case of a set that is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages.components.teach.case_view import CaseView, place_words
from pages.components.teach.finding_form import Finding, FormContent, finding_of, key_of
from pages.components.teach.prepare.draft import SetDraft, with_place, with_reference
from spine_core.teaching.answers import Click
from spine_core.teaching.exercise_case import ExerciseCase, ReferencePlace

RADIUS = 10.0
"""Pixels around a place in which a learner's mark counts as a hit, unless the teacher says otherwise."""


class CaseEditor:
    """What the form and the viewer change of one case of a draft."""

    def __init__(self, draft: SetDraft, place: int, key: str) -> None:
        self.draft, self.place, self.key = draft, place, key
        self.source_key, self.radius_key = f"source-{key}", f"radius-{key}"

    @property
    def case(self) -> ExerciseCase:
        """The case as it stands."""
        return self.draft.cases[self.place]

    @property
    def asked(self) -> list[Finding]:
        """The findings that the set asks for."""
        return [
            (level, name) for level in self.draft.values["levels"] for name in self.draft.values["conditions"]
        ]

    def content(self, view: CaseView) -> FormContent:
        """What the form shows."""
        return FormContent(
            f"{self.key}-{'-'.join(map(key_of, self.asked))}", self.draft.values["levels"],
            self.draft.values["conditions"],
            {key_of((one.level, one.condition)): {"grade": one.grade} for one in self.case.references},
            {key_of((one.level, one.condition)): place_words(click_of(one)) for one in self.case.places},
            placing=" ".join(view.placing or ()),
            saved="Kept with the set once you store it.",
            asks_confidence=False,
        )  # fmt: skip

    def graded(self, filled: Mapping[str, Any]) -> None:
        """Takes grades over."""
        grades = {finding_of(key): one["grade"] for key, one in filled["answers"].items()}
        source = st.session_state.get(self.source_key, "").strip()
        self.draft.change(self.place, references=with_reference(self.case, self.asked, grades, source))

    def placing(self, view: CaseView) -> Callable[[Mapping[str, Any]], None]:
        """Begins to mark a place, or leaves it."""

        def told(value: Mapping[str, Any]) -> None:
            finding = finding_of(value["finding"])
            view.placing = None if view.placing == finding else finding

        return told

    def put(self, finding: Finding, click: Click) -> None:
        """Takes a place over."""
        radius = float(st.session_state.get(self.radius_key, RADIUS))
        place = ReferencePlace(*finding, click.series_uid, click.slice_index, click.row, click.column, radius)
        self.draft.change(self.place, places=with_place(self.case, place, finding))

    def remove(self, finding: Finding) -> None:
        """Takes a place away."""
        self.draft.change(self.place, places=with_place(self.case, None, finding))

    def learning_point(self, words: str) -> None:
        """Takes the learning point over."""
        self.draft.change(self.place, learning_point=words)


def click_of(one: ReferencePlace) -> Click:
    """The middle of a place."""
    return Click(one.series_uid, one.slice_index, one.row, one.column)
