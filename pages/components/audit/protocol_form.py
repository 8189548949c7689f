"""The form for the protocol of a rating study, with a preview before it is stored."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.audit.protocol_preview import protocol_preview
from pages.components.distinct_labels import distinct_labels
from pages.components.error_text import as_sentence
from pages.components.session.identity import required_person, sign_in_configured
from pages.components.session.state import SessionState
from spine_core.audit.batch.store import batches
from spine_core.audit.ratings.candidates import candidates, choose
from spine_core.audit.ratings.method_names import method_label
from spine_core.audit.ratings.protocol import (
    MAX_MAPS,
    QUESTIONS,
    AuditedFinding,
    Design,
    Protocol,
    Question,
    is_control,
    is_reason,
)
from spine_core.audit.ratings.store import Audit, change_protocol, create_audit
from spine_core.library.errors import LibraryError
from spine_core.library.people import people
from spine_core.library.store import Library
from spine_core.library.types import Person

FIRST_CONTROLS = ("control blurred_random", "control edges", "control random")
"""In order of preference. Independent noise is told from a map at a glance; blurred noise is not."""
DESIGNS = {
    Design.CROSSED: "Fully crossed: every rater rates every finding",
    Design.SPLIT: "Split-plot: every finding is rated by one group of raters",
    Design.SEQUENTIAL: "Sequential: without maps first, then, after a washout, with them",
}
NEW = ""


def protocol_form(store: SessionState, library: Library, person: Person, own: Sequence[Audit]) -> None:
    """Findings from a batch, methods with controls, questions, design, raters."""
    with st.expander("New rating study", icon=":material/add:"):
        found = _candidates(library, person)
        if not found:
            st.caption(
                "Ratings need maps of cases: keep cases on the page Library, then run a batch over them under "
                "Batches. Maps of a batch from the shell are there as well, unless it ran with --no-maps."
            )
            return
        left, right = st.columns(2, gap="medium")
        with left:
            title = st.text_input("Title", max_chars=200, key="study-title", value="Rating study")
            methods = _methods(found)
            able = [one for one in found if set(methods) <= set(one.maps)]
            count = int(
                st.number_input("Findings", 1, 500, min(12, max(1, len(able))), key="study-count", width=140,
                                help="Drawn by the seed, conditions and grades in turn.")
            )  # fmt: skip
            st.caption(f"{len(able)} of {len(found)} findings of the batch have all of these.")
            raters = _raters(library)
        with right:
            questions = _questions()
            values = _design(len(raters))
        seed = int(st.number_input("Seed", 0, 2**31 - 1, 0, key="study-seed", width=140))
        protocol = _protocol(
            title, choose(found, methods, count, seed) if methods else (), raters, questions, seed, values
        )
        if protocol is not None:
            st.markdown("**Preview**")
            protocol_preview(protocol)
            _store(store, library, own, protocol)


def _candidates(library: Library, person: Person) -> tuple[AuditedFinding, ...]:
    found = {one.id: one for one in batches(library, person) if one.maps}
    if not found:
        return ()
    labels = distinct_labels(
        {name: f"{one.title or 'Batch'} of {one.started:%Y-%m-%d %H:%M}" for name, one in found.items()}
    )
    batch = st.selectbox(
        "Maps of this batch", list(found), key="study-batch", width=520,
        format_func=labels.__getitem__,
    )  # fmt: skip
    # Read again only when the batch has grown.
    state = (batch, person.id, found[batch].maps)
    kept = st.session_state.get("study-candidates")
    if kept is None or kept[0] != state:
        kept = st.session_state["study-candidates"] = (state, candidates(library, person, batch))
    known: tuple[AuditedFinding, ...] = kept[1]
    return known


def _methods(found: Sequence[AuditedFinding]) -> list[str]:
    there = sorted({name for one in found for name in one.maps}, key=lambda name: (is_control(name), name))
    real = [name for name in there if not is_control(name) and not is_reason(name)][:3]
    first = [*real, *[name for name in FIRST_CONTROLS if name in there][:2]]
    return st.multiselect(
        "Maps and other reasons", there, first, key="study-methods", format_func=method_label, max_selections=MAX_MAPS,
        help="Without controls nobody can tell whether raters prefer what explains or what pleases. Questions about a "
        "marked place are asked of maps only.",
    )  # fmt: skip


def _raters(library: Library) -> list[int]:
    names = distinct_labels({one.id: one.name for one in people(library, identified=sign_in_configured())})
    return st.multiselect("Raters", list(names), key="study-raters", format_func=names.__getitem__)


def _questions() -> tuple[Question, ...]:
    by_name = {one.name: one for one in QUESTIONS}
    names = st.multiselect(
        "Questions, from 1 to 6", list(by_name), ["pertinence", "place"], key="study-questions",
        format_func=lambda name: by_name[name].text,
    )  # fmt: skip
    own = st.text_input("A question of your own", key="study-own-question", max_chars=160)
    chosen = [by_name[name] for name in names]
    if own.strip():
        chosen.append(Question("own", own.strip(), low_label="not at all", high_label="fully"))
    return tuple(chosen)


def _design(raters: int) -> dict[str, object]:
    design = st.selectbox("Design", list(DESIGNS), key="study-design", format_func=DESIGNS.__getitem__)
    values: dict[str, object] = {"design": design}
    if design is Design.SPLIT:
        values["groups"] = int(st.number_input("Groups", 2, max(2, raters), 2, key="study-groups", width=140))
    if design is Design.SEQUENTIAL:
        values["washout_days"] = int(
            st.number_input("Washout in days", 0, 365, 14, key="study-washout", width=140)
        )
    repeats = st.number_input(
        "Silent repeats in percent", 0, 50, 15, 5, key="study-repeats", width=180,
        help="Findings that come twice without the rater being told, for agreement with oneself.",
    )  # fmt: skip
    values["repeats"] = repeats / 100
    values["one_scale"] = st.checkbox(
        "One colour scale for all maps", True, key="study-one-scale",
        help="Only what speaks for the grade is shown. The colours of a signed map would tell its method.",
    )  # fmt: skip
    if design is not Design.SEQUENTIAL:
        values["ask_grade"] = st.checkbox("Ask for the reader's own grade", key="study-ask-grade")
    values["ask_region"] = st.checkbox("Let readers draw the region that decides", key="study-ask-region")
    return values


def _protocol(
    title: str,
    findings: Sequence[AuditedFinding],
    raters: Sequence[int],
    questions: Sequence[Question],
    seed: int,
    values: dict[str, object],
) -> Protocol | None:
    try:
        return Protocol(
            title.strip() or "Rating study",
            tuple(findings),
            tuple(raters),
            tuple(questions),
            seed=seed,
            **values,
        )
    except ValueError as error:
        st.info(f"Not complete: {error}.", icon=":material/edit:")
        return None


def _store(store: SessionState, library: Library, own: Sequence[Audit], protocol: Protocol) -> None:
    titles = distinct_labels(
        {NEW: "a new study"} | {one.id: f"in place of {one.protocol.title}" for one in own}
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = st.selectbox(
            "Store as", list(titles), key="study-target", width=360, format_func=titles.__getitem__,
            help="A study that has ratings stays as it is; the protocol becomes a new version beside it.",
        )  # fmt: skip
        if not st.button("Store the protocol", type="primary", key="study-store"):
            return
    try:
        person = required_person(store, library)
        if target == NEW:
            made = create_audit(library, person, protocol)
        else:
            made = change_protocol(library, person, target, protocol)
    except LibraryError as error:
        st.error(as_sentence(error), icon=":material/error:")
        return
    st.session_state["rating-study"] = made
    st.rerun()
