"""The address of a finding: ``/read?level=L4-L5&condition=herniation`` selects it. Nothing of the patient is in it."""

from __future__ import annotations

import streamlit as st

from pages.components.session.state import SessionState
from spine_core.anatomy.types import LEVELS

LEVEL, CONDITION = "level", "condition"
"""Parts of the address of Read, Explain and Compare."""


def follow_address(store: SessionState) -> None:
    """Selects the finding of the page's address, and keeps the address that of the selected finding.

    An address that names no finding changes nothing, neither does the one that was written for the reader's own
    selection. Call it once there is a reading.
    """
    level = st.query_params.get(LEVEL, "").replace("-", "/")
    condition = st.query_params.get(CONDITION, "")
    asked = (level, condition)
    if asked != store.addressed and level in LEVELS and condition in _conditions(store):
        store.select(level, condition)
    store.addressed = (store.level, store.condition)
    if store.level and store.addressed != asked:
        st.query_params.update(finding_query(store.level, store.condition))


def _conditions(store: SessionState) -> set[str]:
    return {one.name for one in store.reading.conditions} if store.reading else set()


def finding_query(level: str, condition: str) -> dict[str, str]:
    """The part of an address that selects a finding."""
    return {LEVEL: level.replace("/", "-"), CONDITION: condition}
