"""Which rating study the reader rates in."""

from __future__ import annotations

import streamlit as st

from pages.components.distinct_labels import distinct_labels
from spine_core.audit.ratings.standing import standing
from spine_core.audit.ratings.store import Audit, audits
from spine_core.library.store import Library
from spine_core.library.types import Person

ASKED = "audit"
"""Part of the page's address: the id of the rating study, for a link that its auditor sends."""


def choose_study(library: Library, person: Person) -> Audit | None:
    """The study of the address, else the latest in which sheets wait; another one can be chosen."""
    found = {one.id: one for one in audits(library, person) if person.id in one.protocol.raters}
    if not found:
        st.info(
            "Nobody has asked you to rate maps yet. Auditors prepare rating studies on the page Audit.",
            icon=":material/inbox:",
        )
        return None
    asked = st.query_params.get(ASKED)
    if asked in found and "rate-study" not in st.session_state:
        st.session_state["rate-study"] = asked
    if st.session_state.get("rate-study") not in found:
        waiting = (name for name in found if _left(library, person, name))
        st.session_state["rate-study"] = next(waiting, next(iter(found)))
    if len(found) > 1:
        labels = distinct_labels(
            {name: f"{one.protocol.title} of {one.created:%Y-%m-%d}" for name, one in found.items()}
        )
        st.selectbox("Rating study", list(found), key="rate-study", width=520, format_func=labels.__getitem__)
    return found[st.session_state["rate-study"]]


def _left(library: Library, person: Person, audit_id: str) -> int:
    there = standing(library, person, audit_id)
    return 0 if there is None else there.sheets - there.submitted
