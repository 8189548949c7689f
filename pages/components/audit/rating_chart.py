"""Mean rating of every method with its interval, controls in grey."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go
import streamlit as st

from pages.components.audit.spread_chart import CONTROL_COLOUR
from pages.components.compare.curves import FURTHER, LINES
from spine_core.audit.analysis.by_method import MethodScore
from spine_core.audit.ratings.method_names import method_label
from spine_core.audit.ratings.protocol import Protocol

HEIGHT_PER_METHOD = 34


def rating_chart(scores: Sequence[MethodScore], protocol: Protocol, question: str) -> None:
    """One line per method on the scale of the question; the table below has the same values."""
    asked = next(one for one in protocol.questions if one.name == question)
    further = iter(FURTHER * 3)
    figure = go.Figure()
    for one in sorted(scores, key=lambda one: one.mean.value or 0.0):
        value = one.mean.value
        if value is None:
            continue
        low, high = one.mean.interval or (value, value)
        figure.add_scatter(
            x=[value], y=[method_label(one.method)], mode="markers", showlegend=False,
            marker={"size": 11, "color": _colour(one, further)},
            error_x={"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low]},
        )  # fmt: skip
    figure.update_layout(
        height=110 + HEIGHT_PER_METHOD * len(scores), margin={"l": 10, "r": 10, "t": 10, "b": 40},
        xaxis={"range": [asked.low - 0.2, asked.high + 0.2], "dtick": 1, "title": asked.text},
    )  # fmt: skip
    st.plotly_chart(
        figure, width="stretch", alt=f"Mean rating by method: {asked.text}; the table has the same values"
    )


def _colour(one: MethodScore, further: Iterator[tuple[str, ...]]) -> str:
    if one.control:
        return CONTROL_COLOUR
    return LINES[one.method][0] if one.method in LINES else next(further)[0]
