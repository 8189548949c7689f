"""What the networks were to reach, what they reached, and what was tried where that was less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.compare.tables import plain
from spine_core.results.acceptance_criteria import compare
from spine_core.results.criteria_tables import (
    HEADS,
    OTHER_HEADS,
    OTHERS,
    TRIED,
    areas_short,
    lines,
    other_lines,
    others_short,
    summary,
    tried_heads,
    tried_lines,
)
from spine_core.results.test_log import every


def goal_tables(figures: Mapping[str, Any]) -> None:
    """``figures``: of a fold, as stored with the networks."""
    reached = compare(figures)
    st.markdown(summary(reached))
    plain(HEADS, lines(reached))
    areas, others, looks = areas_short(reached), others_short(reached), every()
    if areas:
        st.markdown(TRIED)
        plain(tried_heads(areas), tried_lines(areas, looks))
    if others:
        st.markdown(OTHERS)
        plain(OTHER_HEADS, other_lines(others, looks))
