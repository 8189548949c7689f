"""What the networks that taught the shipped ones reach on patients whom they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.compare.tables import plain
from spine_core.results.distillation_tables import TOLD, heads, lines


def teacher_table(told: Mapping[str, Any]) -> None:
    """``told``: what ``training.distillation.soft_targets.worth`` found, as stored with the networks."""
    st.markdown(TOLD)
    st.caption("The last columns are the area under the ROC curve of the networks of one kind alone.")
    plain(heads(told["rows"]), lines(told["rows"]))
    st.caption(f"Needs training: `{told['command']}`")
