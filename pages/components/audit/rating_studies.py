"""Rating studies of a person: a new one, those that there are, how far their raters are, results."""

from __future__ import annotations

import streamlit as st

from pages.components import layout
from pages.components.audit.protocol_form import protocol_form
from pages.components.audit.protocol_preview import protocol_preview
from pages.components.audit.results import results
from pages.components.distinct_labels import distinct_labels
from pages.components.session.state import SessionState
from spine_core.audit.ratings.standing import standings
from spine_core.audit.ratings.store import Audit, audits
from spine_core.library.people import people
from spine_core.library.store import Library
from spine_core.library.types import Person, Role

RATE = "audit"
"""Part of the address of the page Rate: the id of a rating study."""


def rating_studies(store: SessionState, library: Library, person: Person) -> None:
    """What the person prepared, and a link to what they rate. Who only rates sees no method here."""
    found = audits(library, person)
    _to_rate(person, found)
    prepares = person.role in (Role.AUDITOR, Role.ADMINISTRATOR)
    if not prepares:
        st.caption("Auditors prepare rating studies; an administrator gives that role on the page Library.")
        return
    own = [one for one in found if one.owner == person.id or person.role is Role.ADMINISTRATOR]
    protocol_form(store, library, person, own)
    if not own:
        st.info("There is no rating study yet. Run a batch, then prepare one above.", icon=":material/rule:")
        return
    by_id = {one.id: one for one in own}
    labels = distinct_labels({one.id: f"{one.protocol.title} of {one.created:%Y-%m-%d %H:%M}" for one in own})
    chosen = st.selectbox(
        "Rating study", list(by_id), key="rating-study", width=520,
        format_func=labels.__getitem__,
    )  # fmt: skip
    audit = by_id[chosen]
    raters, found_out, protocol = st.tabs(["Raters", "Results", "Protocol"])
    with raters:
        _raters(library, person, audit)
    with found_out:
        results(store, library, person, audit)
    with protocol:
        protocol_preview(audit.protocol)


def _to_rate(person: Person, found: tuple[Audit, ...]) -> None:
    rated = [one for one in found if person.id in one.protocol.raters]
    if rated:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("You are asked to rate maps.")
            layout.link("rate.py", "Rate", ":material/star_rate:", primary=True)


def _raters(library: Library, person: Person, audit: Audit) -> None:
    names = {one.id: one.name for one in people(library)}
    st.dataframe(
        [
            {
                "Rater": names.get(rater, str(rater)),
                "Submitted": one.submitted,
                "Sheets": one.sheets,
                "Opens again": None if one.opens is None else one.opens,
            }
            for rater, one in standings(library, person, audit.id).items()
        ],
        hide_index=True,
    )
    st.markdown("Send raters this address, behind the address of this server. It names no method:")
    st.code(f"/rate?{RATE}={audit.id}", language=None)
    if audit.frozen is None:
        st.caption("Nobody has rated yet: the protocol can still be replaced above.")
    else:
        st.caption(f"Frozen by the first rating on {audit.frozen:%Y-%m-%d at %H:%M} (UTC).")
