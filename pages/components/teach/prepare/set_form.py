"""The first part of a set: what it is called, what it asks, in which order, how long."""

from __future__ import annotations

import streamlit as st

from pages.components.teach.prepare.draft import SetDraft
from spine_core.anatomy.types import LEVELS
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.exercise import LONGEST_TITLE, Order

ORDERS = {Order.FIXED: "As listed", Order.SHUFFLED: "Shuffled for every learner"}


def set_form(draft: SetDraft) -> None:
    """Everything but the cases."""
    left, right = st.columns(2, gap="medium")
    with left:
        _words(draft)
    with right:
        _rules(draft)


def _words(draft: SetDraft) -> None:
    st.text_input("Title", max_chars=LONGEST_TITLE, **draft.bound("title"))
    st.text_area(
        "Description", height=80, placeholder="what learners should know", **draft.bound("description")
    )
    st.text_input("Licence", placeholder="such as CC BY 4.0", **draft.bound("licence"))
    st.multiselect(
        "Findings asked for", list(BY_NAME), format_func=lambda name: BY_NAME[name].label,
        **draft.bound("conditions"),
    )  # fmt: skip


def _rules(draft: SetDraft) -> None:
    st.multiselect("Levels asked for", LEVELS, **draft.bound("levels"))
    st.segmented_control(
        "Order of the cases",
        list(ORDERS),
        required=True,
        format_func=ORDERS.__getitem__,
        **draft.bound("order"),
    )
    if draft.values["order"] is Order.SHUFFLED:
        st.number_input(
            "Seed",
            0,
            2**31 - 1,
            width=160,
            help="Equal seeds give a learner equal orders.",
            **draft.bound("seed"),
        )
    st.number_input(
        "Time limit per case in minutes", 0.0, 240.0, step=0.5, width=260, format="%.1f", **draft.bound("minutes"),
        help="0: no limit. Answers after it are stored as late.",
    )  # fmt: skip
    st.checkbox(
        "With the networks: after the commit learners see what they say", **draft.bound("with_networks"),
        help="Without them a set tests what was retained.",
    )  # fmt: skip
