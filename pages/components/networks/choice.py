"""Which network reads, and which are compared with it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components import study_jobs
from pages.components.networks.available import RELEASED
from pages.components.session.state import SessionState
from spine_core.networks.display_names import network_label
from spine_core.networks.packages.store import StoredNetwork


def choose(store: SessionState, stored: Sequence[StoredNetwork]) -> None:
    """The two choices, of the networks that are registered; nothing where there is no choice."""
    keys = [one.key for one in stored]
    if not keys:
        return

    def read() -> None:
        study_jobs.use_network(store, st.session_state["reading-network"])

    def compare() -> None:
        store.compared = list(st.session_state["compared-networks"])

    reading, compared = st.columns([2, 3], gap="medium")
    st.session_state["reading-network"] = store.network if store.network in keys else RELEASED
    reading.selectbox(
        "Network that reads", [RELEASED, *keys], key="reading-network", on_change=read,
        format_func=lambda key: network_label(key) if key else "Released ensemble",
        help="Its findings fill the grid. The discs are found by the released detector in every case.",
    )  # fmt: skip
    st.session_state["compared-networks"] = [key for key in store.compared if key in keys]
    compared.multiselect(
        "Networks to compare", keys, key="compared-networks", on_change=compare, placeholder="None",
        format_func=network_label,
        help="They can be chosen on Explain and Compare, beside the network that reads.",
    )  # fmt: skip
