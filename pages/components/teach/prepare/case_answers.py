"""The third part of a set: reference, places and learning point of each case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.case_view import CaseView, Drawn, case_viewer
from pages.components.teach.finding_form import finding_form, label_of
from pages.components.teach.opened_view import Opened, opened_view
from pages.components.teach.place_controls import places_by_number, placing_bar
from pages.components.teach.plain import plain
from pages.components.teach.prepare.case_editor import RADIUS, CaseEditor, click_of
from pages.components.teach.prepare.choose_cases import ask_case, place_of
from pages.components.teach.prepare.draft import SetDraft
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.teaching.exercise_case import ReferencePlace

JOB = "set-study-"


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
    editor = CaseEditor(draft, place, f"{draft.key}-{case_id}")
    left, right = st.columns([13, 14], gap="medium")
    with left, st.container(key="viewer-column"):
        case_viewer(view, [_drawn(one) for one in case.places], editor.put)
    with right:
        _missing_levels(draft, view)
        _words(editor)
        finding_form(
            f"reference-{editor.key}", editor.content(view), draft=editor.graded, place=editor.placing(view)
        )
        placing_bar(view, editor.put)
        clicks = {(one.level, one.condition): click_of(one) for one in case.places}
        places_by_number(view, clicks, editor.put, editor.remove)
        sources = dict.fromkeys(one.source for one in case.references if one.source)
        if sources:
            st.caption(f"Sources so far: {plain('; '.join(sources))}")


def _missing_levels(draft: SetDraft, view: CaseView) -> None:
    """Learners are asked for levels that they are not shown."""
    there = {one.level for one in view.discs}
    missing = [one for one in draft.values["levels"] if one not in there]
    if missing:
        st.warning(
            f"This case was kept without the position of {', '.join(missing)}: learners are asked for it, and are not "
            "shown where it is. Ask for other levels, or choose another case.",
            icon=":material/format_list_numbered:",
        )


def _words(editor: CaseEditor) -> None:
    """Learning point, and what goes with grades and places that are set from now on."""
    st.text_area(
        "Learning point", height=80, placeholder="what this case teaches; shown at its end",
        **editor.draft.caller(f"point-{editor.case.case_id}", editor.learning_point, editor.case.learning_point),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Source of the grades that you set below", key=editor.source_key, width=320,
            placeholder="two radiologists in consensus",
        )  # fmt: skip
        st.number_input(
            "Radius of places in pixels", 1.0, 200.0, RADIUS, 1.0, key=editor.radius_key, width=190,
            help="A learner's mark within it is a hit.", format="%.0f",
        )  # fmt: skip


def _drawn(one: ReferencePlace) -> Drawn:
    return Drawn(click_of(one), label_of((one.level, one.condition)), one.radius)
