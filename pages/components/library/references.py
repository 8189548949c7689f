"""Reference grades of a case: typed one by one, or from a CSV."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from spine_core.anatomy.types import LEVELS
from spine_core.library.errors import LibraryError
from spine_core.library.reference_csv import references_of_case
from spine_core.library.reviews import set_references
from spine_core.library.store import Library
from spine_core.library.types import Case, Person, ReferenceGrade
from spine_core.networks.conditions import BY_NAME, Condition


def references(library: Library, person: Person, case: Case) -> None:
    """The list, and a form for one more."""
    conditions = conditions_of(case)
    if case.references:
        _table(library, person, case, conditions)
    else:
        st.caption("None yet. A reference grade is what the networks and readers are held against.")
    _form(library, person, case, conditions)
    _from_csv(library, person, case, conditions)


def conditions_of(case: Case) -> dict[str, Condition]:
    """By name: those of the network that read the case, else the released ones."""
    return {one.name: one for one in case.reading.conditions} if case.reading else dict(BY_NAME)


def _table(library: Library, person: Person, case: Case, conditions: dict[str, Condition]) -> None:
    shown = [
        {
            "Remove": False,
            "Level": one.level,
            "Finding": conditions[one.condition].label if one.condition in conditions else one.condition,
            "Grade": _words(conditions, one),
            "Source": one.source,
        }
        for one in case.references
    ]
    edited = st.data_editor(
        shown, hide_index=True, key=f"references-{case.id}-{len(shown)}",
        disabled=["Level", "Finding", "Grade", "Source"],
    )  # fmt: skip
    left = [one for one, line in zip(case.references, edited, strict=True) if not line["Remove"]]
    if len(left) < len(case.references) and st.button("Remove the marked ones"):
        _set(library, person, case, left)


def _form(library: Library, person: Person, case: Case, conditions: dict[str, Condition]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = st.selectbox("Level", LEVELS, key=f"reference-level-{case.id}", width=110)
        name = st.selectbox(
            "Finding", list(conditions), key=f"reference-condition-{case.id}", width=220,
            format_func=lambda name: conditions[name].label,
        )  # fmt: skip
        words = dict(zip(conditions[name].grades, conditions[name].grade_labels, strict=True))
        grade = st.selectbox(
            "Grade",
            list(words),
            key=f"reference-grade-{case.id}-{name}",
            width=150,
            format_func=words.__getitem__,
        )
        source = st.text_input(
            "Source",
            key=f"reference-source-{case.id}",
            width=240,
            placeholder="two radiologists in consensus",
        )
        if st.button("Add", icon=":material/add:"):
            others = [one for one in case.references if (one.level, one.condition) != (level, name)]
            _set(library, person, case, [*others, ReferenceGrade(level, name, grade, source)])


def _from_csv(library: Library, person: Person, case: Case, conditions: dict[str, Condition]) -> None:
    """Replaces all reference grades by those of a file."""
    with st.popover("From a CSV file", icon=":material/upload_file:"):
        st.caption(
            "Columns: level, condition, grade, and source where you have one. It replaces the list above."
        )
        file = st.file_uploader("CSV file", type="csv", key=f"reference-csv-{case.id}-{len(case.references)}")
        if file is not None and st.button("Use these grades"):
            try:
                wanted = list(references_of_case(file.getvalue(), conditions))
            except LibraryError as error:
                st.error(as_sentence(error))
                return
            _set(library, person, case, wanted)


def _set(library: Library, person: Person, case: Case, wanted: list[ReferenceGrade]) -> None:
    try:
        set_references(library, person, case.id, wanted)
    except LibraryError as error:
        st.error(as_sentence(error))
        return
    st.rerun()


def _words(conditions: dict[str, Condition], one: ReferenceGrade) -> str:
    condition = conditions.get(one.condition)
    if condition is None or one.grade not in condition.grades:
        return one.grade
    return condition.grade_labels[condition.grades.index(one.grade)]
