"""The hyper-parameter search on the Model page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.compare.tables import plain
from spine_core.results.tuning_tables import HEADINGS, baseline_rank, trial_rows


def tuning_table(tuning: Mapping[str, Any]) -> None:
    """All trials of ``tuning`` as stored, the best first."""
    trials = tuning["trials"]
    st.markdown(
        "Each trial trained one small network with a short plan. The scores are measured on the selection patients, on "
        "whom the best trial was chosen, and with one seed: they are optimistic. No test patient was used. The plans "
        f"of later networks were set close to the best trials. {baseline_rank(trials)}"
    )
    plain(HEADINGS, [[f"Trial {first}", *cells] for first, *cells in trial_rows(trials)])
    st.caption(f"Repeat with `{tuning['command']}`")
