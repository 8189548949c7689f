"""What the networks were to reach, what they reached, and what was tried where that was less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared.tables import plain
from spine_core.training.goals import compare
from spine_core.training.goals_card import (
    HEADS,
    TRIED,
    lines,
    short_of,
    summary,
    tried_heads,
    tried_lines,
)
from spine_core.training.looks import by_grader


def goal_tables(figures: Mapping[str, Any]) -> None:
    """``figures``: of a fold, as stored with the networks."""
    reached = compare(figures)
    st.markdown(summary(reached))
    plain(HEADS, lines(reached))
    tried = short_of(reached)
    if tried:
        st.markdown(TRIED)
        plain(tried_heads(tried), tried_lines(tried, by_grader()))
