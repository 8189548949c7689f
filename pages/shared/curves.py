"""Deletion and insertion curves beside their controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from spine_core.compare.model import Comparison, Curve, Faithfulness
from spine_core.compare.verdict import label_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

LINES = {
    "grad_cam": ("#56B4E9", "solid"),
    "lime": ("#E69F00", "dash"),
    "shap": ("#009E73", "dashdot"),
}
FURTHER = [
    (colour, dash)
    for dash in ("solid", "dot", "dash", "dashdot")
    for colour in ("#CC79A7", "#D55E00", "#F0E442")
]
"""Okabe and Ito's colours, and a dash each, so that no reader depends on colour."""

CONTROLS = {"random": "#8A8F98", "blurred_random": "#B07AA1"}


def curve_charts(found: Comparison) -> None:
    """Both charts, each with the sentence that says how to read it."""
    unit = st.segmented_control(
        "Answer as", ("Log-odds", "Probability"), default="Log-odds", required=True, key="curve-unit",
        persist_state="session",
    )  # fmt: skip
    field = "probability" if unit == "Probability" else "log_odds"
    for kind, sentence in (
        (
            "deletion",
            "Deletion: the strongest parts are hidden first. A faithful map falls faster than the bands.",
        ),
        (
            "insertion",
            "Insertion: the strongest parts are shown first. A faithful map rises sooner than the bands.",
        ),
    ):
        st.markdown(f"**{kind.capitalize()}**")
        st.plotly_chart(
            _chart(found, kind, field, str(unit)), width="stretch", key=f"{kind}-{field}", alt=sentence
        )
        st.caption(sentence)
    st.caption(
        "Bands: smallest to largest of the random and blurred random control maps on this picture. "
        "Dotted: the picture's own edges, another map made without looking at the network."
    )


def _curve(one: Faithfulness, kind: str) -> Curve:
    return one.deletion if kind == "deletion" else one.insertion


def _chart(found: Comparison, kind: str, field: str, unit: str) -> go.Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, colour in CONTROLS.items():
        _band(
            figure,
            [_curve(c, kind) for c in found.controls if c.method == name],
            field,
            label_of(name),
            colour,
        )
    for one in found.controls:
        if one.method == "edges":
            curve = _curve(one, kind)
            line = {"color": "#8A8F98", "dash": "dot", "width": 1.5}
            figure.add_scatter(x=curve.share, y=getattr(curve, field), name=label_of("edges"), line=line)
    further = iter(FURTHER)
    for one in found.faithfulness:
        curve, (colour, dash) = _curve(one, kind), LINES.get(one.method) or next(further)
        line = {"color": colour, "dash": dash, "width": 2.5}
        figure.add_scatter(x=curve.share, y=getattr(curve, field), name=label_of(one.method), line=line)
    verb = "hidden" if kind == "deletion" else "shown"
    figure.update_layout(
        height=270,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"title": f"Share of the picture {verb}", "tickformat": ".0%", "range": [0, 1]},
        yaxis={"title": unit},
        hovermode="x unified",
        legend={"orientation": "v"},
    )
    return figure


def _band(figure: go.Figure, curves: Sequence[Curve], field: str, name: str, colour: str) -> None:
    if not curves:
        return
    values = np.array([getattr(curve, field) for curve in curves])
    share = curves[0].share
    figure.add_scatter(x=share, y=values.min(0), line={"width": 0}, showlegend=False, hoverinfo="skip")
    figure.add_scatter(
        x=share, y=values.max(0), name=name, fill="tonexty", line={"width": 0}, hoverinfo="skip",
        fillcolor=f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:], 16)},0.35)",
    )  # fmt: skip
