"""What a search of hyper-parameters tried, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.compare.tables import plain
from spine_core.results.tuning_tables import HEADS, lines, standing


def search_table(search: Mapping[str, Any]) -> None:
    """All trials of ``search`` as stored, the best first."""
    trials = search["trials"]
    st.markdown(
        "One small network trained by a short plan with each choice. Scores are those of the selection patients, on "
        "whom the best was picked, from one seed: optimistic. No test patient was asked. The plans "
        f"of the networks trained since were set near the best trials. {standing(trials)}"
    )
    plain(HEADS, [[f"Trial {first}", *cells] for first, *cells in lines(trials)])
    st.caption(f"Needs retraining: `{search['command']}`")
