"""The form for a new batch over cases of the library."""

from __future__ import annotations

import os

import streamlit as st

from pages.components.audit import batch_process
from pages.components.error_text import as_sentence
from pages.components.explain.explanation_jobs import METHODS
from pages.components.session.state import SessionState
from spine_core.anatomy.types import LEVELS
from spine_core.audit.batch.sources import sources_of_cases
from spine_core.audit.batch.store import begin_batch
from spine_core.audit.batch.types import RELEASED, BatchPlan
from spine_core.audit.reasons.registry import CHOSEN, REASONS
from spine_core.explanation.registry import REGISTRY
from spine_core.library.search import CaseFilter, all_tags
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.display_names import SUFFIX, network_label
from spine_core.networks.packages.store import stored_networks

OTHER = (
    "What readers rate beside maps: computed once and stored, so that all of them see the same. Measurements and "
    "similar discs come with a control. A what-if image takes 10 to 60 s a finding."
)


def new_batch(store: SessionState, library: Library, person: Person) -> None:
    """Which cases, which findings, which methods and networks."""
    with st.expander("New batch", icon=":material/add:"):
        st.caption(
            "Every chosen finding of every case is explained by every method, and every map is tested against "
            "controls. Maps that an earlier batch computed are not computed again."
        )
        left, right = st.columns(2, gap="medium")
        with left:
            title = st.text_input("Title", max_chars=200, key="batch-title")
            tags = st.multiselect("Cases with these tags", all_tags(library, person), key="batch-tags",
                                  placeholder="all cases")  # fmt: skip
            sources = sources_of_cases(library, person, CaseFilter(tags=tuple(tags)))
            st.caption("1 case" if len(sources) == 1 else f"{len(sources):,} cases")
            methods = st.multiselect("Methods", list(REGISTRY), list(METHODS), key="batch-methods",
                                     format_func=lambda name: REGISTRY[name].label)  # fmt: skip
            reasons = st.multiselect("Other reasons, for rating studies", CHOSEN, key="batch-reasons",
                                     format_func=lambda name: REASONS[name].label, placeholder="none",
                                     help=OTHER)  # fmt: skip
        with right:
            labels = {one.name: one.label for one in CONDITIONS}
            conditions = st.multiselect("Findings", list(labels), ["pfirrmann"], key="batch-conditions",
                                        format_func=labels.__getitem__)  # fmt: skip
            levels = st.multiselect("Levels", LEVELS, list(LEVELS), key="batch-levels")
            names = _networks(store.owner)
            networks = st.multiselect("Networks", list(names), [RELEASED], key="batch-networks",
                                      format_func=names.__getitem__)  # fmt: skip
            abnormal = st.checkbox("Only findings that are not of the first grade", key="batch-abnormal")
        cores = os.cpu_count() or 1
        workers = st.number_input("Processes", 1, cores, max(1, cores - 1), key="batch-workers", width=140,
                                  help="Each reads one study at a time.")  # fmt: skip
        if not st.button("Start", type="primary", disabled=not sources):
            return
        try:
            plan = BatchPlan(
                (*methods, *reasons), tuple(conditions), tuple(levels), tuple(networks),
                abnormal_only=abnormal, owner=store.owner,
            )  # fmt: skip
        except ValueError as error:
            st.error(as_sentence(error))
            return
        batch_process.start(person, begin_batch(library, person, plan, sources, title), int(workers))
        st.rerun()


def _networks(owner: str) -> dict[str, str]:
    """Networks by name in a plan, each with its random-weights twin, whose maps are controls."""
    keys = [RELEASED, *(one.key for one in stored_networks(owner))]
    plain = {key: network_label(key) if key else "Released ensemble" for key in keys}
    return plain | {f"{key}{SUFFIX}": f"{words}, random weights" for key, words in plain.items()}
