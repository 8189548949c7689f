"""The third part of a set: reference, places and learning point of each case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.case_view import (
    CaseView,
    Drawn,
    case_viewer,
    place_words,
    places_by_number,
    placing_bar,
)
from pages.components.teach.finding_form import (
    Finding,
    FormContent,
    finding_form,
    finding_of,
    key_of,
    label_of,
)
from pages.components.teach.opened_view import Opened, opened_view
from pages.components.teach.prepare.choose_cases import ask_case, place_of
from pages.components.teach.prepare.draft import SetDraft, with_place, with_reference
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.teaching.answers import Click
from spine_core.teaching.exercise_case import ExerciseCase, ReferencePlace

JOB = "set-study-"
RADIUS = 10.0
"""Pixels around a place in which a learner's mark counts as a hit, unless the teacher says otherwise."""


def case_answers(store: SessionState, library: Library, person: Person, draft: SetDraft) -> None:
    """The case in the viewer, and its answers beside it."""
    if not draft.cases:
        st.caption("Choose cases first.")
        return
    case_id = ask_case(draft, "set-case", 420)
    view = opened_view(store, JOB, {f"{JOB}{case_id}-{person.id}": _opening(library, person, case_id)})
    if view is not None:
        _answers(draft, view, case_id)


def _opening(library: Library, person: Person, case_id: str) -> Callable[[Progress], Opened]:
    def run(progress: Progress) -> Opened:
        case, study = open_case(library, person, case_id, progress)
        discs = case.reading.discs if case.reading is not None else ()
        return study, tuple(replace(one, series_uid=study.series[int(one.series_uid)].uid) for one in discs)

    return run


@st.fragment
def _answers(draft: SetDraft, view: CaseView, case_id: str) -> None:
    place = place_of(draft, case_id)
    if place is None:
        return
    case = draft.cases[place]
    editor = _Editor(draft, place, f"{draft.key}-{case_id}")
    left, right = st.columns([13, 14], gap="medium")
    with left, st.container(key="viewer-column"):
        case_viewer(view, [_drawn(one) for one in case.places], editor.put)
    with right:
        st.text_area(
            "Learning point", height=80, placeholder="what this case teaches; shown at its end",
            **draft.caller(f"point-{case_id}", editor.learning_point, case.learning_point),
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                "Source of the grades that you set below", key=editor.source_key, width=320,
                placeholder="two radiologists in consensus",
            )  # fmt: skip
            st.number_input(
                "Radius of places in pixels", 1.0, 200.0, RADIUS, 1.0, key=editor.radius_key, width=190,
                help="A learner's mark within it is a hit.",
            )  # fmt: skip
        finding_form(
            f"reference-{editor.key}", editor.content(view), draft=editor.graded, place=editor.placing(view)
        )
        placing_bar(view, editor.put)
        clicks = {(one.level, one.condition): _click(one) for one in case.places}
        places_by_number(view, clicks, editor.put, editor.remove)
        sources = dict.fromkeys(one.source for one in case.references if one.source)
        if sources:
            st.caption(f"Sources so far: {'; '.join(sources)}".replace("[", "\\["))


class _Editor:
    """What the form and the viewer change of one case of a draft."""

    def __init__(self, draft: SetDraft, place: int, key: str) -> None:
        self.draft, self.place, self.key = draft, place, key
        self.source_key, self.radius_key = f"source-{key}", f"radius-{key}"

    @property
    def case(self) -> ExerciseCase:
        return self.draft.cases[self.place]

    @property
    def asked(self) -> list[Finding]:
        return [
            (level, name) for level in self.draft.values["levels"] for name in self.draft.values["conditions"]
        ]

    def content(self, view: CaseView) -> FormContent:
        return FormContent(
            f"{self.key}-{'-'.join(map(key_of, self.asked))}", self.draft.values["levels"],
            self.draft.values["conditions"],
            {key_of((one.level, one.condition)): {"grade": one.grade} for one in self.case.references},
            {key_of((one.level, one.condition)): place_words(_click(one)) for one in self.case.places},
            placing=" ".join(view.placing or ()),
            saved="Kept with the set once you store it.",
            asks_confidence=False,
        )  # fmt: skip

    def graded(self, filled: Mapping[str, Any]) -> None:
        grades = {finding_of(key): one["grade"] for key, one in filled["answers"].items()}
        source = st.session_state.get(self.source_key, "").strip()
        self.draft.change(self.place, references=with_reference(self.case, self.asked, grades, source))

    def placing(self, view: CaseView) -> Callable[[Mapping[str, Any]], None]:
        def told(value: Mapping[str, Any]) -> None:
            finding = finding_of(value["finding"])
            view.placing = None if view.placing == finding else finding

        return told

    def put(self, finding: Finding, click: Click) -> None:
        radius = float(st.session_state.get(self.radius_key, RADIUS))
        place = ReferencePlace(*finding, click.series_uid, click.slice_index, click.row, click.column, radius)
        self.draft.change(self.place, places=with_place(self.case, place, finding))

    def remove(self, finding: Finding) -> None:
        self.draft.change(self.place, places=with_place(self.case, None, finding))

    def learning_point(self, words: str) -> None:
        self.draft.change(self.place, learning_point=words)


def _click(one: ReferencePlace) -> Click:
    return Click(one.series_uid, one.slice_index, one.row, one.column)


def _drawn(one: ReferencePlace) -> Drawn:
    return Drawn(_click(one), label_of((one.level, one.condition)), one.radius)
