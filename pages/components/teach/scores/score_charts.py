"""Scores as plots. Colours are Okabe and Ito's, and every line has a dash and a marker of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from spine_core.audit.analysis.means import Mean
from spine_core.teaching.confidence import ConfidenceLevel
from spine_core.teaching.scores import Score

if TYPE_CHECKING:
    import plotly.graph_objects as go

SKY, ORANGE, GREY = "#56B4E9", "#E69F00", "#8A8F98"
MARGIN = {"l": 10, "r": 10, "t": 10, "b": 10}


def time_chart(days: Mapping[date, Score]) -> None:
    """Exact and within one grade, by day."""
    import plotly.graph_objects as go

    figure = go.Figure()
    _line(figure, "Exact", days, [one.exact for one in days.values()], SKY, "solid", "circle")
    _line(
        figure, "Within one grade", days, [one.within_one for one in days.values()], ORANGE, "dash", "square"
    )
    figure.update_layout(
        height=280, margin=MARGIN, yaxis={"range": [0, 1.03], "tickformat": ".0%", "title": "As the reference"},
        xaxis={"type": "category", "title": "Day (UTC)"}, legend={"orientation": "h", "y": 1.15},
    )  # fmt: skip
    st.plotly_chart(
        figure, width="stretch", key="scores-time", alt="Fraction of grades as the reference, by day"
    )


def calibration_chart(levels: Sequence[ConfidenceLevel]) -> None:
    """How often answers of each confidence are right, against the probability that the confidence states."""
    import plotly.graph_objects as go

    if not levels:
        st.caption("No grade with a confidence yet.")
        return
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dot"}, name="As sure as right"
    )
    means = [one.right for one in levels]
    figure.add_scatter(
        x=[one.stated for one in levels], y=[one.value for one in means], mode="markers+text", name="You",
        text=[f"{one.confidence} (n = {one.right.n})" for one in levels], textposition="top center",
        marker={"color": SKY, "size": 10}, error_y=_bars(means),
    )  # fmt: skip
    figure.update_layout(
        height=280, margin=MARGIN, xaxis={"range": [0, 1.05], "tickformat": ".0%", "title": "Probability you state"},
        yaxis={"range": [0, 1.15], "tickformat": ".0%", "title": "Fraction right"},
        legend={"orientation": "h", "y": 1.15},
    )  # fmt: skip
    st.plotly_chart(
        figure,
        width="stretch",
        key="scores-confidence",
        alt="Fraction of right grades by the confidence from 1 to 5",
    )
    st.caption("Below the dotted line you are surer than right. 1 is a guess, 5 is certain.")


def conditions_chart(scores: Mapping[str, Score]) -> None:
    """Exact by finding, with intervals."""
    import plotly.graph_objects as go

    means = [one.exact for one in scores.values()]
    figure = go.Figure()
    figure.add_scatter(
        x=[one.value for one in means], y=list(scores), mode="markers", marker={"color": SKY, "size": 11},
        error_x=_bars(means), showlegend=False,
    )  # fmt: skip
    figure.update_layout(
        height=90 + 34 * len(scores),
        margin=MARGIN,
        xaxis={"range": [0, 1.03], "tickformat": ".0%", "title": "Exact"},
    )
    st.plotly_chart(
        figure,
        width="stretch",
        key="scores-conditions",
        alt="Exact grades by finding; the table has the values",
    )


def _line(
    figure: go.Figure, name: str, days: Mapping[date, Score], means: Sequence[Mean], colour: str, dash: str,
    symbol: str,
) -> None:  # fmt: skip
    figure.add_scatter(
        x=[day.isoformat() for day in days], y=[one.value for one in means], name=name, mode="lines+markers",
        line={"color": colour, "dash": dash, "width": 2.5}, marker={"symbol": symbol, "size": 9},
        error_y=_bars(means),
    )  # fmt: skip


def _bars(means: Sequence[Mean]) -> dict[str, object]:
    """Intervals as Plotly draws them; none where there is none."""
    above, below = [], []
    for one in means:
        low, high = one.interval or (one.value or 0.0, one.value or 0.0)
        above.append(high - (one.value or 0.0))
        below.append((one.value or 0.0) - low)
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
