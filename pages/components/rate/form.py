"""The form of a sheet: scores, the reader's own grade, remarks."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.component_events import event_value
from pages.components.error_text import as_sentence
from pages.components.rate.rater import OpenSheet, close_sheet, hand_in, keep
from pages.components.rate.reasons import shown_name
from pages.components.session.state import SessionState
from spine_core.assets import ASSETS
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component(
        "rating_sheet",
        html='<div id="sheet"></div>',
        css=(ASSETS / "styles" / "rating.css").read_text(),
        js=(ASSETS / "components" / "rating.js").read_text(),
    )


@st.fragment
def form(store: SessionState, library: Library, opened: OpenSheet) -> None:
    """A fragment: a saved answer redraws nothing else."""
    key = f"rating-{opened.key}"
    reason = ""
    if opened.correcting:
        reason = st.text_input("Reason of the correction", key=f"reason-{opened.key}", max_chars=400)

    def drafted() -> None:
        filled = event_value(key, "draft")
        if filled is not None and filled["sheet"] == opened.key:
            given = {name: filled[name] for name in ("scores", "grade", "text")}
            keep(store, library, opened, **given)

    def submitted() -> None:
        filled = event_value(key, "submit")
        if filled is not None and filled["sheet"] == opened.key:
            hand_in(store, library, opened, filled, reason)

    done = _component()(key=key, data=_data(opened), on_draft_change=drafted, on_submit_change=submitted)
    if opened.problem is not None:
        _problem(opened, opened.problem)
    elif done.submit:
        # The next sheet is another finding: the viewer changes with it.
        st.rerun()


def _problem(opened: OpenSheet, problem: LibraryError) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.error(f"Not saved: {as_sentence(problem)}", icon=":material/error:")
        if st.button("Load what is saved", on_click=close_sheet, key=f"load-{opened.key}"):
            st.rerun()


def _data(opened: OpenSheet) -> dict[str, Any]:
    protocol, sheet, content = opened.protocol, opened.sheet, opened.content
    asks = protocol.asks_grade
    return {
        "sheet": opened.key,
        "letters": list(sheet.methods),
        "names": {letter: shown_name(letter, method) for letter, method in sheet.methods.items()},
        "questions": [
            {
                "name": one.name, "text": one.text, "low": one.low, "high": one.high, "lowLabel": one.low_label,
                "highLabel": one.high_label,
                "letters": [letter for letter, method in sheet.methods.items() if one in protocol.questions_of(method)],
            }
            for one in protocol.questions
        ] if sheet.with_maps else [],
        "gradeLabel": f"Your own grade: {sheet.finding.label}, {sheet.finding.level}",
        "grades": [list(one) for one in sheet.finding.grades] if asks else [],
        "scores": content.get("scores", {}),
        "grade": content.get("grade"),
        "text": content.get("text", ""),
        "saved": "Saved." if opened.saved else "Every answer is saved at once.",
        "submitLabel": "Submit the correction" if opened.correcting else "Submit and go on",
    }  # fmt: skip
