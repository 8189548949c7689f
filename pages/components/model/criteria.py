"""The acceptance criteria on the Model page: values, status, and earlier networks where a criterion is not met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.compare.tables import plain
from spine_core.results.acceptance_criteria import check_criteria
from spine_core.results.criteria_tables import (
    AUROC_NOTE,
    HEADINGS,
    OTHER_HEADINGS,
    OTHER_METRICS_NOTE,
    auroc_headings,
    auroc_rows,
    criteria_rows,
    other_rows,
    summary,
    unmet_auroc,
    unmet_other,
)
from spine_core.results.test_log import read_log


def criteria_tables(figures: Mapping[str, Any]) -> None:
    """``figures``: of a fold, as stored with the networks."""
    results = check_criteria(figures)
    st.markdown(summary(results))
    plain(HEADINGS, criteria_rows(results))
    auroc, others, entries = unmet_auroc(results), unmet_other(results), read_log()
    if auroc:
        st.markdown(AUROC_NOTE)
        plain(auroc_headings(auroc), auroc_rows(auroc, entries))
    if others:
        st.markdown(OTHER_METRICS_NOTE)
        plain(OTHER_HEADINGS, other_rows(others, entries))
