"""The sentences of a section: who wrote each, its evidence, and the reader's edits."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.finding_address import finding_query
from pages.components.report.report_work import NEW, ReportWork
from pages.components.session.state import SessionState
from spine_core.report import editing
from spine_core.report.types import LEVELS, Author, Sentence

AUTHORS = {
    Author.NETWORK: "network",
    Author.MEASUREMENT: "measured",
    Author.READER: "reader",
}
"""The marks of the authors, as words."""


def section(store: SessionState, work: ReportWork, name: str, heading: str) -> None:
    """A section with its heading, a button that adds a sentence, and its sentences."""
    with st.container(key=f"report-section-{name}", gap=None):
        with st.container(horizontal=True, vertical_alignment="center", key=f"report-head-{name}"):
            st.markdown(f"**{heading}**")
            if not work.approved and work.writing != (name, NEW):
                st.button(
                    "Add", key=f"report-add-{name}", on_click=_write, args=(work, name, NEW), type="tertiary",
                    icon=":material/add:", help=f"Add a sentence of your own: {heading}",
                )  # fmt: skip
        found = work.report.section(name).sentences
        for number, one in enumerate(found):
            if work.writing == (name, one.key) and not work.approved:
                _editor(work, name, one, first=number == 0, last=number == len(found) - 1)
            else:
                _row(store, work, name, one)
        if work.writing == (name, NEW) and not work.approved:
            _addition(work, name)


def _row(store: SessionState, work: ReportWork, name: str, one: Sentence) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"report-row-{name}-{one.key}"
    ):
        st.html(sentence_html(one), width="stretch")
        _evidence(store, name, one)
        if not work.approved:
            st.button(
                "Edit", key=f"report-edit-{name}-{one.key}", on_click=_write, args=(work, name, one.key),
                type="tertiary", icon=":material/edit:", help="Change, move or remove this sentence",
            )  # fmt: skip


def sentence_html(one: Sentence) -> str:
    """The sentence with its author's mark and, where the reader decided or edited, what stood there before."""
    doubt = " doubt" if one.uncertain else ""
    origin = ""
    if one.origin:
        before = "before: " if one.edited else ""
        origin = f"<small>{before}{escape(one.origin)}</small>"
    return (
        f'<p class="sl-sentence"><span class="by {one.author.value}{doubt}">{AUTHORS[one.author]}</span>'
        f"<span>{escape(one.text)}{origin}</span></p>"
    )


def _evidence(store: SessionState, name: str, one: Sentence) -> None:
    """Links to the finding: on Explain where the sentence is of one graded finding, else on Read."""
    levels = list(dict.fromkeys(each.level for each in one.evidence))
    for level in levels:
        own = [each for each in one.evidence if each.level == level]
        condition = next((each.condition for each in own if each.condition), store.condition)
        finding = store.reading.finding(level, condition) if store.reading is not None else None
        graded = (
            len(own) == 1 and bool(own[0].condition) and finding is not None and finding.grade is not None
        )
        page, icon = ("explain.py", "visibility") if graded else ("read.py", "grid_on")
        st.page_link(
            page, label="Evidence" if name in LEVELS else level, icon=f":material/{icon}:",
            query_params=finding_query(level, condition), width="content",
            help=f"{'Explain' if graded else 'Read'}: {level}",
        )  # fmt: skip


def _write(work: ReportWork, name: str, key: str) -> None:
    work.writing = (name, key)


def _editor(work: ReportWork, name: str, one: Sentence, *, first: bool, last: bool) -> None:
    key = f"report-text-{name}-{one.key}"
    st.session_state.setdefault(key, one.text)

    def save() -> None:
        work.change(lambda report: editing.edit_sentence(report, name, one.key, st.session_state[key]))
        work.writing = ("", "")

    def remove() -> None:
        work.change(lambda report: editing.remove_sentence(report, name, one.key))
        work.writing = ("", "")

    def move(by: int) -> None:
        work.change(lambda report: editing.move_sentence(report, name, one.key, by))

    st.text_area("Sentence", key=key, height="content", label_visibility="collapsed")
    with st.container(horizontal=True):
        st.button("Save", key="report-save", on_click=save, type="primary")
        st.button("Cancel", key="report-cancel", on_click=_write, args=(work, "", ""))
        st.button("Remove", key="report-remove", on_click=remove, icon=":material/delete:")
        st.button(
            "Up", key="report-up", on_click=move, args=(-1,), disabled=first, icon=":material/arrow_upward:"
        )
        st.button(
            "Down",
            key="report-down",
            on_click=move,
            args=(1,),
            disabled=last,
            icon=":material/arrow_downward:",
        )


def _addition(work: ReportWork, name: str) -> None:
    key = f"report-new-{name}"

    def save() -> None:
        work.change(lambda report: editing.add_sentence(report, name, st.session_state[key]))
        work.writing = ("", "")

    st.text_area("New sentence", key=key, height="content", placeholder="Written as yours, the reader's")
    with st.container(horizontal=True):
        st.button("Add", key="report-save", on_click=save, type="primary")
        st.button("Cancel", key="report-cancel", on_click=_write, args=(work, "", ""))
