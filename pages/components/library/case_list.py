"""The list of cases with its filters."""

from __future__ import annotations

import base64

import streamlit as st

from spine_core.anatomy.types import LEVELS
from spine_core.library.errors import LibraryError
from spine_core.library.search import CaseFilter, CaseSummary, all_tags, find_cases
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import CONDITIONS

PAGE_SIZE = 50


def case_list(library: Library, person: Person) -> CaseSummary | None:
    """Filters and table; the case that is selected in it."""
    if not find_cases(library, person, limit=0).total:
        st.info("No case is kept yet.", icon=":material/photo_library:")
        return None
    wanted = _filters(library, person)
    page = st.session_state.get("library-page", 1)
    found = find_cases(library, person, wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    if not found.total:
        st.info("No case is like that.")
        return None
    st.caption("1 case" if found.total == 1 else f"{found.total:,} cases, the latest first")
    event = st.dataframe(
        [_line(library, one) for one in found.cases],
        hide_index=True, row_height=72, on_select="rerun", selection_mode="single-row", key="library-cases",
        column_config={
            "": st.column_config.ImageColumn(width=64),
            "Uncertain": st.column_config.NumberColumn(help="Findings with several possible grades, or on which the "
                                                            "networks disagree."),
            "Not as the reference": st.column_config.TextColumn(
                help="Findings whose grade is not the reference grade; empty without reference grades."),
            "Reviewed": st.column_config.TextColumn(help="Findings that a reader accepted, rejected or changed."),
        },
    )  # fmt: skip
    if found.total > PAGE_SIZE:
        st.number_input("Page", 1, -(-found.total // PAGE_SIZE), key="library-page", width=140)
    rows = event.selection.rows
    return found.cases[rows[0]] if rows and rows[0] < len(found.cases) else None


def _filters(library: Library, person: Person) -> CaseFilter:
    by_name = {one.name: one for one in CONDITIONS}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="title, notes, tags", key="library-text", width=220)
        tags = st.multiselect("Tags", all_tags(library, person), key="library-tags", width=200)
        condition = st.selectbox(
            "Finding", ["", *by_name], key="library-condition", width=210,
            format_func=lambda name: by_name[name].label if name else "any",
        )  # fmt: skip
        grades: list[str] = []
        if condition:
            words = dict(zip(by_name[condition].grades, by_name[condition].grade_labels, strict=True))
            grades = st.multiselect(
                "Grade",
                list(words),
                key=f"library-grade-{condition}",
                width=180,
                format_func=words.__getitem__,
            )
        level = st.selectbox(
            "Level", ["", *LEVELS], key="library-level", width=120, format_func=lambda name: name or "any"
        )
        uncertain = st.checkbox("Uncertain", key="library-uncertain")
        disagrees = st.checkbox("Not as the reference", key="library-disagrees")
    return CaseFilter(text, tuple(tags), level, condition, tuple(grades), uncertain, disagrees)


def _line(library: Library, one: CaseSummary) -> dict[str, object]:
    return {
        "": _picture(library, one.thumbnail),
        "Title": one.title or "(no title)",
        "Patient": one.patient,
        "Tags": list(one.tags),
        "Kept": one.kept.date(),
        "Owner": one.owner if not one.shared else f"{one.owner}, shared",
        "Series": one.series,
        "Findings": one.findings,
        "Uncertain": one.uncertain,
        "Not as the reference": f"{one.disagreements} of {one.references}" if one.references else "",
        "Reviewed": f"{one.reviewed} of {one.findings}",
        "Synthetic": one.synthetic,
    }


def _picture(library: Library, sha256: str | None) -> str | None:
    try:
        data = library.content.get(sha256) if sha256 else None
    except LibraryError:
        # The list is there to find and delete such a case.
        return None
    return f"data:image/png;base64,{base64.b64encode(data).decode()}" if data else None
