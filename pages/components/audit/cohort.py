"""The table of a batch as charts: reference, metrics by method, worst maps, failures, downloads."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import study_jobs
from pages.components.audit.agreement_of_methods import agreement_of_methods
from pages.components.audit.spread_chart import spread_chart
from pages.components.finding_address import finding_query
from pages.components.session.state import SessionState
from spine_core.audit.batch.cohort import (
    LEAST_FINDINGS,
    metric_columns,
    reference_agreement,
    spreads,
    worst,
)
from spine_core.audit.batch.store import Batch
from spine_core.audit.batch.table import batch_table, pair_table, study_table
from spine_core.explanation.registry import REGISTRY
from spine_core.library.cases import case_names
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.display_names import network_label

if TYPE_CHECKING:
    import pandas as pd

MOST_SHOWN = 100


def cohort(store: SessionState, library: Library, person: Person, batch: Batch) -> None:
    """Everything about a batch with at least one map."""
    table = _table(library, person, batch)
    if table.empty:
        st.info("No map has been computed yet.")
        _failures(library, person, batch)
        return
    methods, pairs, reference, cases, failures, files = st.tabs(
        ["Methods", "Agreement", "Against the reference", "Worst maps first", "Failures", "Download"]
    )
    with methods:
        column = _metric(table, "batch-metric")
        spread_chart(spreads(table, column), *metric_columns(table)[column])
    with pairs:
        agreement_of_methods(_pairs(library, person, batch))
    with reference:
        _reference(table)
    with cases:
        _worst(store, library, person, table)
    with failures:
        _failures(library, person, batch)
    with files:
        _downloads(library, person, batch, table)


def _table(library: Library, person: Person, batch: Batch) -> pd.DataFrame:
    return _once("batch-table", batch_table, library, person, batch)


def _pairs(library: Library, person: Person, batch: Batch) -> pd.DataFrame:
    return _once("batch-pairs", pair_table, library, person, batch)


def _once(
    key: str, read: Callable[[Library, Person, str], pd.DataFrame], library: Library, person: Person,
    batch: Batch,
) -> pd.DataFrame:  # fmt: skip
    """A table, read again only when the batch has grown."""
    state = (batch.id, person.id, batch.maps)
    kept = st.session_state.get(key)
    if kept is None or kept[0] != state:
        kept = st.session_state[key] = (state, read(library, person, batch.id))
    table: pd.DataFrame = kept[1]
    return table


def _metric(table: pd.DataFrame, key: str) -> str:
    columns = metric_columns(table)
    return str(
        st.selectbox("Metric", list(columns), key=key, width=420,
                     format_func=lambda name: columns[name][0].heading(columns[name][1]))
    )  # fmt: skip


def _reference(table: pd.DataFrame) -> None:
    found = reference_agreement(table)
    if not found:
        st.caption("None of these cases has a reference grade; they are added on the page Library.")
        return
    st.dataframe(
        [
            {
                "Network": network_label(one.network),
                "Finding": BY_NAME[one.condition].label,
                "Findings": one.findings,
                "Studies": one.studies,
                "Equal to the reference": _with_interval(one.exact, one.exact_interval),
                "Kappa": _with_interval(one.kappa, one.kappa_interval),
            }
            for one in found
        ],
        hide_index=True,
    )
    st.caption(
        "Brackets: 95 % bootstrap intervals over studies. Kappa is Cohen's, with quadratic weights for ordinal grades. "
        f"Below {LEAST_FINDINGS} findings no figure is given. Only findings that the batch explains are counted."
    )


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None or interval is None:
        return "too few"
    return f"{value:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]"


def _worst(store: SessionState, library: Library, person: Person, table: pd.DataFrame) -> None:
    column = _metric(table, "batch-worst-metric")
    shown = worst(table, column, MOST_SHOWN).reset_index(drop=True)
    names = case_names(library, person, set(shown["case_id"].dropna()))
    event = st.dataframe(
        [
            {
                "Method": REGISTRY[row.method].label, "Finding": row.target, "Level": row.level,
                "Probability": row.probability, "Value": row.value, "Outcome": row.outcome,
                "Network": network_label(row.network), "Case": names.get(row.case_id, row.case_id),
            }
            for row in shown.assign(value=shown[column]).itertuples()
        ],
        hide_index=True, on_select="rerun", selection_mode="single-row", key="batch-worst",
    )  # fmt: skip
    rows = event.selection.rows
    if not rows or rows[0] >= len(shown):
        st.caption("Choose a line to open its case on the page Compare.")
        return
    chosen = shown.iloc[rows[0]]
    if chosen["case_id"] is None:
        st.caption("This study is not a case of the library: it cannot be opened from here.")
    elif store.case_id == chosen["case_id"]:
        with st.container(key="go-primary-compare", width="content"):
            st.page_link(
                "compare.py", label=f"Compare the maps of {chosen['target']}, {chosen['level']}",
                icon=":material/balance:", query_params=finding_query(chosen["level"], chosen["condition"]),
            )  # fmt: skip
    else:
        st.button("Open this case", icon=":material/folder_open:", type="primary",
                  on_click=study_jobs.open_case, args=(store, chosen["case_id"]))  # fmt: skip


def _failures(library: Library, person: Person, batch: Batch) -> None:
    table = study_table(library, person, batch.id)
    failed = table[table["status"] != "done"] if not table.empty else table
    if failed.empty:
        st.caption("Every study was read.")
        return
    st.dataframe(failed[["case_id", "reason", "seconds"]], hide_index=True)


def _downloads(library: Library, person: Person, batch: Batch, table: pd.DataFrame) -> None:
    st.caption(
        "One row per map, controls included, with settings, hashes, seed and every metric; pairs: one row per pair of "
        "methods and finding, with the agreement of their maps. The rows name no patient: "
        "cases by their number in this library, studies by a hash."
    )
    parquet = io.BytesIO()
    table.to_parquet(parquet, index=False)
    with st.container(horizontal=True):
        st.download_button("maps.parquet", parquet.getvalue(), "maps.parquet", icon=":material/download:")
        st.download_button(
            "maps.csv", table.to_csv(index=False), "maps.csv", "text/csv", icon=":material/download:"
        )
        pairs = _pairs(library, person, batch).to_csv(index=False)
        st.download_button("pairs.csv", pairs, "pairs.csv", "text/csv", icon=":material/download:")
        studies = study_table(library, person, batch.id).to_csv(index=False)
        st.download_button("studies.csv", studies, "studies.csv", "text/csv", icon=":material/download:")
