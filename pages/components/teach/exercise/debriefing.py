"""The end of a case: the reference beside both own answers and that of the networks, and what the case teaches."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.segments import segments
from pages.components.teach.case_view import CaseView, Drawn, case_viewer, place_words
from pages.components.teach.exercise.open_case import OpenCase
from pages.components.teach.exercise.released_maps import maps_viewer
from pages.components.teach.exercise.second_answer import MAPS, SERIES, reported
from pages.components.teach.finding_form import Finding, label_of, words_of
from pages.components.teach.plain import plain
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.answers import CANNOT_TELL, Answer, Click
from spine_core.teaching.marks import Mark, attempt_marks
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.shown import Debriefing, debriefed, given, revealed

RIGHT, WRONG = ":material/check:", ":material/close:"

Answers = dict[Finding, Answer]


def debriefing(library: Library, person: Person, opened: OpenCase, view: CaseView) -> None:
    """All that is known of the case."""
    told = debriefed(library, person, opened.attempt.id)
    answers = given(library, person, opened.attempt.id)
    first, last = ({(a.level, a.condition): a for a in one.answers} for one in (answers[0], answers[-1]))
    released = () if opened.attempt.revealed is None else revealed(library, person, opened.attempt.id)
    found = {(one.level, one.condition): one for one in released}
    marks = attempt_marks(library, person, opened.attempt.id)
    drawn = places(told, first, last)
    finding = _with_maps(opened, found)
    if finding is not None:
        maps_viewer(library, opened, view, finding, drawn, lambda finding, click: None)
        right, left = st.columns([3, 2], gap="medium")
        with left:
            reported(finding)
    else:
        left, right = st.columns([13, 14], gap="medium")
        with left, st.container(key="viewer-column"):
            # Reference places after one's own, so that a series opens on the slice of the reference.
            view.turn_to(opened.key, [one.click for one in sorted(drawn, key=lambda one: one.radius > 0)])
            case_viewer(view, drawn, lambda finding, click: None)
    with right:
        _told(opened, told)
        with st.container(key="reference-table"):
            st.markdown(reference_table(opened, told, (first, last), found, marks))
        _sources(told)


def _told(opened: OpenCase, told: Debriefing) -> None:
    if opened.attempt.late:
        st.caption(":material/timer_off: Committed after the time limit.")
    if told.learning_point:
        st.info(plain(told.learning_point), icon=":material/lightbulb:")


def _with_maps(opened: OpenCase, found: dict[Finding, ReleasedFinding]) -> ReleasedFinding | None:
    """The finding whose maps are to be shown; None where all series are, or where there is no map."""
    maps = {finding: one for finding, one in found.items() if one.maps}
    if not maps:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = segments(
            "Shown", [SERIES, MAPS], key=f"shown-{opened.key}",
            label_visibility="collapsed",
        )  # fmt: skip
        if shown != MAPS:
            return None
        labels = {finding: label_of(finding) for finding in maps}
        chosen = st.selectbox(
            "Maps of", list(maps), format_func=labels.__getitem__, key=f"of-{opened.key}", width=320,
            label_visibility="collapsed",
        )  # fmt: skip
    return maps[chosen]


def places(told: Debriefing, first: Answers, last: Answers) -> list[Drawn]:
    """The reference places as circles, the learner's own as crosses."""
    drawn = [
        Drawn(
            Click(one.series_uid, one.slice_index, one.row, one.column),
            f"Reference: {label_of((one.level, one.condition))}", one.radius,
        )
        for one in told.places
    ]  # fmt: skip
    for finding, answer in first.items():
        if answer.click is not None:
            drawn.append(Drawn(answer.click, f"You: {label_of(finding)}"))
        second = last[finding].click
        if second is not None and second != answer.click:
            drawn.append(Drawn(second, f"You, after the reveal: {label_of(finding)}"))
    return drawn


def reference_table(
    opened: OpenCase, told: Debriefing, answers: tuple[Answers, Answers],
    found: dict[Finding, ReleasedFinding], marks: Sequence[Mark],
) -> str:  # fmt: skip
    """Markdown: a row per finding."""
    networks = opened.attempt.revealed is not None
    heads = ["Finding", "Reference", "You"]
    heads += ["After the reveal", "Networks"] if networks else []
    heads.append("Place")
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    references = {(one.level, one.condition): one.grade for one in told.references}
    hits = {(one.level, one.condition): one.hit for one in marks}
    for finding in opened.exercise.asked:
        right = references.get(finding)
        first, last = (one[finding] for one in answers)
        cells = [label_of(finding), f"**{words_of(finding[1], right)}**" if right else "none given"]
        cells.append(_answer(first, right))
        if networks:
            said = found.get(finding)
            cells.append(_answer(last, right) if last != first else "unchanged")
            cells.append(_marked(finding[1], said.grade if said else None, right))
        cells.append(_place(first, hits.get(finding)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _answer(answer: Answer, right: str | None) -> str:
    sure = f" ({answer.confidence})" if answer.confidence else ""
    return _marked(answer.condition, answer.grade, right) + sure


def _marked(condition: str, grade: str | None, right: str | None) -> str:
    if grade is None:
        return "–"
    # "Cannot tell" is neither right nor wrong.
    mark = "" if right is None or grade == CANNOT_TELL else f" {RIGHT if grade == right else WRONG}"
    return f"{words_of(condition, grade)}{mark}"


def _place(answer: Answer, hit: bool | None) -> str:
    if answer.click is None:
        return "–"
    words = place_words(answer.click)
    return words if hit is None else f"{words} {RIGHT if hit else WRONG}"


def _sources(told: Debriefing) -> None:
    sources = dict.fromkeys(one.source for one in told.references if one.source)
    words = plain("; ".join(sources)) if sources else "no source is given"
    st.caption(
        f"Reference: {words}. In brackets: your confidence, 1 to 5. {RIGHT} as the reference, {WRONG} not."
    )
