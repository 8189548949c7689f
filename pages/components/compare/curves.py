"""Deletion, insertion and ROAD curves with their controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components.segments import segments
from spine_core.comparison.metrics.base import Curve, CurveFacts, MetricResult
from spine_core.comparison.types import Comparison
from spine_core.comparison.verdict import label_of
from spine_core.explanation.perturbation.baselines import BASELINES

if TYPE_CHECKING:
    import plotly.graph_objects as go

LINES = {
    "grad_cam": ("#56B4E9", "solid"),
    "lime": ("#E69F00", "dash"),
    "partition_shap": ("#009E73", "dashdot"),
}
FURTHER = [
    (colour, dash)
    for dash in ("solid", "dot", "dash", "dashdot")
    for colour in ("#CC79A7", "#D55E00", "#F0E442")
]
"""Okabe and Ito's colours, and a dash each, so that no reader depends on colour."""

CONTROLS = {"random": "#8A8F98", "blurred_random": "#B07AA1"}


def curve_charts(found: Comparison) -> None:
    """All charts, each with the sentence that says how to read it."""
    left, right = st.columns(2)
    with left:
        unit = segments("Score as", ("Log-odds", "Probability"), key="curve-unit", persist_state="session")
    names = [str(found.settings[name]) for name in ("baseline", "unused_baseline")]
    uses = zip(names, ("methods may use it themselves", "no method uses it"), strict=True)
    with right:
        baseline = segments(
            "Baseline", names, key="curve-baseline", persist_state="session",
            help="What replaces masked parts. " + " ".join(
                f"{name.capitalize()}: {BASELINES[name].description}; {use}." for name, use in uses
            ),
        )  # fmt: skip
    field = "probability" if unit == "Probability" else "log_odds"
    charts: dict[str, list[MetricResult]] = {}
    for one in found.results:
        if one.curve is not None and one.variant in ("", baseline):
            charts.setdefault(one.metric.name, []).append(one)
    for column, results in zip(st.columns(len(charts)), charts.values(), strict=True):
        with column:
            _panel(results, field, str(unit), f"{results[0].metric.name}-{field}-{baseline}")
    st.caption(
        "Bands: smallest to largest of the random and blurred random control maps on this image. "
        "Dotted: the image's own edges, another map made without the network."
    )


def _panel(results: Sequence[MetricResult], field: str, unit: str, key: str) -> None:
    metric = results[0].metric
    facts = metric.curve or CurveFacts(metric.label, "changed", metric.caveat)
    st.markdown(f"**{facts.title}**")
    chart = _chart(results, facts.verb, field, unit)
    st.plotly_chart(chart, width="stretch", key=key, alt=f"{facts.title}: {facts.reading}")
    st.caption(facts.reading)


def _curves(results: Sequence[MetricResult], method: str, *, is_control: bool) -> list[Curve]:
    return [
        one.curve
        for one in results
        if one.curve is not None and one.method == method and one.is_control is is_control
    ]


def _chart(results: Sequence[MetricResult], verb: str, field: str, unit: str) -> go.Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, colour in CONTROLS.items():
        _band(figure, _curves(results, name, is_control=True), field, label_of(name), colour)
    for curve in _curves(results, "edges", is_control=True):
        line = {"color": "#8A8F98", "dash": "dot", "width": 1.5}
        figure.add_scatter(
            x=curve.fraction, y=getattr(curve, field), name=label_of("edges"), mode="lines", line=line
        )
    further = iter(FURTHER)
    own = [one for one in results if not one.is_control and one.curve is not None]
    for one in own:
        colour, dash = LINES.get(one.method) or next(further)
        line = {"color": colour, "dash": dash, "width": 2.5}
        assert one.curve is not None
        figure.add_scatter(
            x=one.curve.fraction,
            y=getattr(one.curve, field),
            name=label_of(one.method),
            mode="lines",
            line=line,
        )
    last = max((float(one.curve.fraction[-1]) for one in own if one.curve is not None), default=1.0)
    figure.update_layout(
        height=320,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"title": f"Fraction of the image {verb}", "tickformat": ".0%", "range": [0, last]},
        yaxis={"title": unit},
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.3},
    )
    return figure


def _band(figure: go.Figure, curves: Sequence[Curve], field: str, name: str, colour: str) -> None:
    if not curves:
        return
    values = np.array([getattr(curve, field) for curve in curves])
    share = curves[0].fraction
    figure.add_scatter(
        x=share, y=values.min(0), mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip"
    )
    figure.add_scatter(
        x=share, y=values.max(0), mode="lines", name=name, fill="tonexty", line={"width": 0}, hoverinfo="skip",
        fillcolor=f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:], 16)},0.35)",
    )  # fmt: skip
