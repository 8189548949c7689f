"""How far the maps of every two methods agree over a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from spine_core.audit.batch.cohort import LEAST_FINDINGS, PairAgreement, metric_columns, pair_agreement
from spine_core.comparison.verdict import label_of

if TYPE_CHECKING:
    import pandas as pd


def agreement_of_methods(table: pd.DataFrame) -> None:
    """A table of pairs by one metric. ``table``: ``pair_table``."""
    columns = {} if table.empty else {name: one for name, one in metric_columns(table).items() if not one[1]}
    if not columns:
        st.caption("Agreement needs two methods: this batch has maps of one.")
        return
    column = str(
        st.selectbox("Metric", list(columns), key="batch-pair-metric", width=420,
                     format_func=lambda name: columns[name][0].heading())
    )  # fmt: skip
    st.dataframe([_line(one) for one in pair_agreement(table, column)], hide_index=True)
    metric = columns[column][0]
    st.caption(
        f"{metric.help} Chance: 95 % quantile over blurred random maps of the same finding. Brackets: 95 % bootstrap "
        f"intervals over studies; below {LEAST_FINDINGS} findings no figure is given."
    )


def _line(one: PairAgreement) -> dict[str, object]:
    return {
        "Methods": f"{label_of(one.method)} and {label_of(one.other)}",
        "Findings": one.findings,
        "Studies": one.studies,
        "Median": f"{one.median:.2f} [{one.interval[0]:.2f}, {one.interval[1]:.2f}]"
        if one.interval
        else "too few",
        "Above chance": "" if one.above_chance is None else f"{one.above_chance:.0%}",
    }
