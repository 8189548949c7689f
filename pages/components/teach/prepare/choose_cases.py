"""The second part of a set: cases of the library, and their order."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.distinct_labels import distinct_labels
from pages.components.teach.plain import plain
from pages.components.teach.prepare.draft import SetDraft, add_cases
from spine_core.library.search import CaseFilter, all_tags, find_cases
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.sets import warnings

MOST = 50
"""Cases that are listed; the search finds the others."""


def choose_cases(library: Library, person: Person, draft: SetDraft) -> None:
    """The library at the left, the set at the right."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Cases of the library**")
        _library(library, person, draft)
    with right:
        st.markdown(f"**Cases of the set** ({len(draft.cases)})")
        _chosen(draft)
        _warn(library, person, draft)


def _library(library: Library, person: Person, draft: SetDraft) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="title, notes, tags", key="set-search", width=220)
        tags = st.multiselect("Tags", all_tags(library, person), key="set-tags", width=240)
    found = find_cases(library, person, CaseFilter(text, tuple(tags)), limit=MOST)
    if not found.total:
        st.info(
            "No case is like that. Keep cases on the page Library first.", icon=":material/photo_library:"
        )
        return
    there = {one.case_id for one in draft.cases}
    listed = [one for one in found.cases if one.id not in there]
    # Another list has other rows: a selection by number must not outlive it.
    key = f"set-cases-{draft.key}-{len(there)}-{text}-{'-'.join(tags)}"
    event = st.dataframe(
        [
            {
                "Title": one.title or "(no title)", "Tags": list(one.tags), "Series": one.series,
                "Reading kept": bool(one.findings), "Reference grades": one.references,
            }
            for one in listed
        ],
        hide_index=True, on_select="rerun", selection_mode="multi-row", key=key,
    )  # fmt: skip
    ids = [listed[row].id for row in event.selection.rows if row < len(listed)]
    st.button(
        f"Add the selected ({len(ids)})", icon=":material/add:", disabled=not ids, key="set-add-cases",
        on_click=add_cases, args=(draft, library, person, ids),
    )  # fmt: skip
    if found.total > MOST:
        st.caption(f"The latest {MOST} of {found.total:,} are listed.")


def _chosen(draft: SetDraft) -> None:
    if not draft.cases:
        st.caption("None yet.")
        return
    st.dataframe(
        [
            {
                "Case": number, "Title": draft.titles.get(one.case_id, "deleted"),
                "Reference grades": len(one.references), "Places": len(one.places),
                "Learning point": one.learning_point,
            }
            for number, one in enumerate(draft.cases, 1)
        ],
        hide_index=True,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        case_id = ask_case(draft, "set-order", 240)
        for label, icon, act in (
            ("Up", ":material/arrow_upward:", _moved(draft, case_id, -1)),
            ("Down", ":material/arrow_downward:", _moved(draft, case_id, 1)),
            ("Take out", ":material/remove:", _taken_out(draft, case_id)),
        ):
            st.button(label, icon=icon, on_click=act, key=f"set-{label}")


def ask_case(draft: SetDraft, name: str, width: int) -> str:
    """The id of one of the cases of the set."""
    ids = [one.case_id for one in draft.cases]
    labels = distinct_labels({one: draft.titles.get(one, "deleted") for one in ids})
    key = f"{name}-{draft.key}"
    if st.session_state.get(key) not in ids:
        st.session_state.pop(key, None)
    return str(
        st.selectbox(
            "Case", ids, format_func=labels.__getitem__, key=key, width=width, label_visibility="collapsed"
        )
    )


def place_of(draft: SetDraft, case_id: str) -> int | None:
    """The place of a case; None where it was taken out in the meantime."""
    return next((place for place, one in enumerate(draft.cases) if one.case_id == case_id), None)


def _moved(draft: SetDraft, case_id: str, by: int) -> Callable[[], None]:
    def act() -> None:
        place = place_of(draft, case_id)
        if place is not None and 0 <= place + by < len(draft.cases):
            draft.cases.insert(place + by, draft.cases.pop(place))

    return act


def _taken_out(draft: SetDraft, case_id: str) -> Callable[[], None]:
    def act() -> None:
        draft.cases = [one for one in draft.cases if one.case_id != case_id]

    return act


def _warn(library: Library, person: Person, draft: SetDraft) -> None:
    try:
        exercise = draft.exercise()
    except ValueError:
        return
    ids = tuple(one.case_id for one in draft.cases)
    key = f"set-warnings-{draft.key}"
    kept = st.session_state.get(key)
    if kept is None or kept[0] != ids:
        kept = st.session_state[key] = (ids, warnings(library, person, exercise))
    for sentence in kept[1]:
        st.warning(plain(f"{sentence[:1].upper()}{sentence[1:]}."), icon=":material/content_copy:")
