"""Which of the blinded maps learners chose in exercises: counts, figures where there are enough, downloads."""

from __future__ import annotations

import streamlit as st

from spine_core.audit.analysis.exports.long_csv import ratings_csv
from spine_core.audit.analysis.exports.table import Table
from spine_core.audit.choices.exports import choices_zip
from spine_core.audit.choices.results import ChoiceResults
from spine_core.audit.choices.words import agreement_words, choices_by_method


def shown_choices(found: ChoiceResults) -> None:
    """The choices of one set of exercises."""
    _table(choices_by_method(found))
    st.caption(_counts(found))
    if found.reason:
        st.caption(found.reason)
    else:
        _table(agreement_words(found))
    if found.data.problem:
        st.error(found.data.log_sentence, icon=":material/gpp_bad:")
    else:
        st.markdown(f":material/verified_user: {found.data.log_sentence}")
    _downloads(found)


def _counts(found: ChoiceResults) -> str:
    choices = "1 choice" if found.choices == 1 else f"{found.choices} choices"
    learners = len(found.data.raters)
    people = "1 learner" if learners == 1 else f"{learners} learners"
    return f"{choices} of {people}; none of the maps in {found.none_chosen}."


def _table(table: Table) -> None:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    # What cannot be told yet is said once, below.
    columns = [name for name in table.columns if any(row[name] for row in rows)]
    st.markdown(f"**{table.title}**")
    st.dataframe([{name: row[name] for name in columns} for row in rows], hide_index=True, width="content")
    st.caption(table.note)


def _downloads(found: ChoiceResults) -> None:
    name = f"choices-{found.data.id[:8]}"
    with st.container(horizontal=True):
        st.download_button(
            "All choices as CSV", lambda: ratings_csv(found.table), f"{name}-ratings.csv", "text/csv",
            icon=":material/download:", key="choices-csv",
            help="A row per map that was shown, in the columns of the ratings of an audit. Learners have numbers.",
        )  # fmt: skip
        st.download_button(
            "With codebook and log", lambda: choices_zip(found), f"{name}.zip", "application/zip",
            icon=":material/folder_zip:", key="choices-zip",
        )  # fmt: skip
