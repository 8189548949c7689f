"""The reveal: what the networks say beside the learner's own answers, which may be changed now."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.read.finding import SET_HELP, shares, sureness
from pages.components.segments import segments
from pages.components.session.state import SessionState
from pages.components.teach.case_view import CaseView, case_viewer
from pages.components.teach.exercise.answer_form import AnswerForm
from pages.components.teach.exercise.first_answer import own_places
from pages.components.teach.exercise.map_choice import ask_choice, is_blinded
from pages.components.teach.exercise.network_words import network_cells, network_sentence
from pages.components.teach.exercise.open_case import OpenCase
from pages.components.teach.exercise.released_maps import map_order, maps_viewer
from pages.components.teach.exercise.similar_cases import similar_cases
from pages.components.teach.finding_form import Finding, label_of, words_of
from pages.components.teach.place_controls import placing_bar
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.map_choices import own_choices, shown_order
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.shown import revealed

MAPS, SERIES = "Maps", "All series"

SAID = "What the networks say stands below your answers. Change what you think differently of now: your second answer."
SIGNS = (
    "Dashed: uncertain, with the grades that are not excluded. ≠ the networks of the ensemble disagree. Click on what "
    "the networks say of a finding to see its maps."
)
NOTHING = "Nothing that the networks say of this case was released. Go on to the reference."


def second_answer(
    store: SessionState, library: Library, person: Person, opened: OpenCase, view: CaseView
) -> None:
    """What is drawn again by itself is below."""
    found = {(one.level, one.condition): one for one in revealed(library, person, opened.attempt.id)}
    opened.named |= set(own_choices(library, person, opened.attempt.id))
    _work(store, library, opened, view, found)


@st.fragment
def _work(
    store: SessionState, library: Library, opened: OpenCase, view: CaseView,
    found: Mapping[Finding, ReleasedFinding],
) -> None:  # fmt: skip
    answers = AnswerForm(store, library, opened, view, network_cells(list(found.values())))
    finding = selected(opened, found)
    if _shows_maps(opened, found) and finding is not None and finding.maps:
        letters = shown_order(opened.attempt.id, finding) if is_blinded(opened, finding) else ()
        maps_viewer(library, opened, view, finding, own_places(opened), answers.put, letters)
        if letters:
            ask_choice(store, library, opened, finding)
        form, facts = st.columns([3, 2], gap="medium")
    else:
        column, form = st.columns([13, 14], gap="medium")
        with column, st.container(key="viewer-column"):
            case_viewer(view, own_places(opened), answers.put)
        # Below the form, where it is seen beside the viewer.
        facts = form
    with form:
        submitted = answers.draw("Show the reference")
        placing_bar(view, answers.put)
        if found:
            st.caption(SIGNS)
        answers.numbers()
    if finding is not None:
        with facts:
            reported(finding, named=not is_blinded(opened, finding))
            _committed(opened, finding)
        if finding.grade is not None:
            similar_cases(store, view.study, finding, opened.key)
    if submitted:
        st.rerun()


def selected(opened: OpenCase, found: Mapping[Finding, ReleasedFinding]) -> ReleasedFinding | None:
    """The finding that is looked at: the one that was chosen, else the first with maps."""
    if opened.selected not in found:
        first = next((finding for finding, one in found.items() if one.maps), next(iter(found), None))
        opened.selected = first
    return None if opened.selected is None else found[opened.selected]


def _shows_maps(opened: OpenCase, found: Mapping[Finding, ReleasedFinding]) -> bool:
    """One line: what is to be done, and a choice where there are maps."""
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = SERIES
        if any(one.maps for one in found.values()):
            shown = segments(
                "Shown", [MAPS, SERIES], key=f"shown-{opened.key}",
                label_visibility="collapsed",
            )  # fmt: skip
        st.caption(SAID if found else NOTHING)
    return shown == MAPS


def _committed(opened: OpenCase, finding: ReleasedFinding) -> None:
    """The learner's first answer, which stays, whatever is changed in the form."""
    for one in opened.committed:
        if (one.level, one.condition) == (finding.level, finding.condition):
            sure = f", confidence {one.confidence}" if one.confidence else ""
            st.caption(f":material/lock: You committed: **{words_of(one.condition, one.grade)}**{sure}")


def reported(finding: ReleasedFinding, *, named: bool = True) -> None:
    """What the networks say of one finding: probabilities, uncertainty, and where maps are ``named``, their tests."""
    st.markdown(f"**{label_of((finding.level, finding.condition))}**")
    if finding.grade is None:
        st.caption("The networks gave no grade.")
        return
    condition = BY_NAME[finding.condition]
    if finding.probabilities:
        shares(condition, finding.probabilities, finding.grade)
    else:
        st.caption(network_sentence(finding))
    if finding.prediction_set:
        st.caption(sureness(condition, finding.prediction_set), help=SET_HELP)
    if finding.members_disagree:
        st.caption("The networks of the ensemble disagree.")
    for method in sorted(finding.verdicts, key=map_order) if named else ():
        st.caption(f":material/rule: {finding.verdicts[method]}")
    if not finding.maps:
        st.caption("No maps were released for this finding.")
