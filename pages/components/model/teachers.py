"""The teachers on the Model page: their metrics on patients they were not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.compare.tables import plain
from spine_core.results.distillation_tables import ABOUT, headings, table_rows


def teacher_table(teachers: Mapping[str, Any]) -> None:
    """``teachers``: the result of ``training.distillation.soft_targets.teacher_metrics``, as stored."""
    st.markdown(ABOUT)
    st.caption("The last columns give the AUROC of the teachers of one architecture.")
    plain(headings(teachers["rows"]), table_rows(teachers["rows"]))
    st.caption(f"Repeat with `{teachers['command']}`")
