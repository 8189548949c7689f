"""The values of one metric by method, with the controls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.components.compare.curves import FURTHER, LINES
from spine_core.audit.batch.cohort import MethodSpread
from spine_core.comparison.metrics.base import Metric
from spine_core.comparison.verdict import label_of

CONTROL_COLOUR = "#8A8F98"
HEIGHT_PER_METHOD = 46


def spread_chart(found: Sequence[MethodSpread], metric: Metric, variant: str) -> None:
    """A box per method, and the same as a table."""
    further = iter(FURTHER * 3)
    figure = go.Figure()
    for one in reversed(found):
        colour = (
            CONTROL_COLOUR
            if one.control
            else LINES[one.method][0]
            if one.method in LINES
            else next(further)[0]
        )
        figure.add_box(
            x=one.values,
            name=_name(one),
            marker_color=colour,
            boxpoints="outliers",
            orientation="h",
            showlegend=False,
        )
    figure.update_layout(
        height=110 + HEIGHT_PER_METHOD * len(found), margin={"l": 10, "r": 10, "t": 10, "b": 40},
        xaxis_title=metric.heading(variant),
    )  # fmt: skip
    st.plotly_chart(
        figure, width="stretch", alt=f"{metric.heading(variant)} by method; the table has the same values"
    )
    st.caption(f"{metric.help} Grey: controls, which are made without the network.")
    st.dataframe([_line(one) for one in found], hide_index=True)


def _name(one: MethodSpread) -> str:
    return f"control: {label_of(one.method)}" if one.control else label_of(one.method)


def _line(one: MethodSpread) -> dict[str, object]:
    low, middle, high = (float(value) for value in np.percentile(one.values, (25, 50, 75)))
    return {
        "Method": _name(one),
        "Maps": len(one.values),
        "Median": round(middle, 3),
        "Quartiles": f"{low:.3f} to {high:.3f}",
        "Better than every control": "" if one.beats_controls is None else f"{one.beats_controls:.0%}",
    }
