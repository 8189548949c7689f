"""Deletion and insertion curves beside their controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from spine_core.comparison.metrics.fills import FILLS
from spine_core.comparison.types import Comparison, Curve
from spine_core.comparison.verdict import label_of

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


Line = tuple[str, Curve]
"""A method or control, and its curve."""

READ_AS = {
    "deletion": "Deletion: the strongest parts are hidden first. A faithful map falls faster than the bands.",
    "insertion": "Insertion: the strongest parts are shown first. A faithful map rises sooner than the bands.",
    "removal": "Removal (ROAD): the strongest parts are smoothed over from their edges, so that the hole itself says "
    "nothing. A faithful map falls faster than the bands.",
}
"""How each chart is read."""


def curve_charts(found: Comparison) -> None:
    """All charts, each with the sentence that says how to read it."""
    left, right = st.columns(2)
    unit = left.segmented_control(
        "Answer as", ("Log-odds", "Probability"), default="Log-odds", required=True, key="curve-unit",
        persist_state="session",
    )  # fmt: skip
    fills = [str(found.settings[name]) for name in ("fill", "unused_fill")]
    fill = right.segmented_control(
        "Hidden parts filled with", fills, default=fills[0], required=True, key="curve-fill", persist_state="session",
        help=f"{fills[0].capitalize()}: {FILLS[fills[0]]}; methods may use it themselves. {fills[1].capitalize()}: "
        f"{FILLS[fills[1]]}; no method uses it, so none can owe its curve to it.",
    )  # fmt: skip
    field = "probability" if unit == "Probability" else "log_odds"
    hidden = found.unused_baseline if fill == fills[1] else (*found.faithfulness, *found.controls)
    lines: dict[str, list[Line]] = {
        "deletion": [(one.method, one.deletion) for one in hidden],
        "insertion": [(one.method, one.insertion) for one in hidden],
        "removal": [(one.method, one.curve) for one in found.road],
    }
    for kind, sentence in READ_AS.items():
        own, controls = lines[kind][: len(found.methods)], lines[kind][len(found.methods) :]
        st.markdown(f"**{kind.capitalize()}**")
        st.plotly_chart(
            _chart(own, controls, kind, field, str(unit)),
            width="stretch",
            key=f"{kind}-{field}-{fill}",
            alt=sentence,
        )
        st.caption(sentence)
    st.caption(
        "Bands: smallest to largest of the random and blurred random control maps on this picture. "
        "Dotted: the picture's own edges, another map made without looking at the network."
    )


VERBS = {"deletion": "hidden", "insertion": "shown", "removal": "removed"}
"""What happens to the parts."""


def _chart(own: Sequence[Line], controls: Sequence[Line], kind: str, field: str, unit: str) -> go.Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, colour in CONTROLS.items():
        _band(figure, [curve for method, curve in controls if method == name], field, label_of(name), colour)
    for method, curve in controls:
        if method == "edges":
            line = {"color": "#8A8F98", "dash": "dot", "width": 1.5}
            figure.add_scatter(
                x=curve.fraction, y=getattr(curve, field), name=label_of(method), mode="lines", line=line
            )
    further = iter(FURTHER)
    for method, curve in own:
        colour, dash = LINES.get(method) or next(further)
        line = {"color": colour, "dash": dash, "width": 2.5}
        figure.add_scatter(
            x=curve.fraction, y=getattr(curve, field), name=label_of(method), mode="lines", line=line
        )
    figure.update_layout(
        height=270,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={
            "title": f"Share of the picture {VERBS[kind]}",
            "tickformat": ".0%",
            "range": [0, float(own[0][1].fraction[-1])],
        },
        yaxis={"title": unit},
        hovermode="x unified",
        legend={"orientation": "v"},
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
