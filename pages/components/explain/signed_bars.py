"""Horizontal bars to both sides of a middle line, with error bars; colours that the colour-blind tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

FOR, AGAINST, NEITHER = "#0072B2", "#D55E00", "#8A8F98"
"""Okabe and Ito's blue and vermilion. The side of the middle line says the same without colour."""
ROW = 37
"""Height of a row in pixels."""


@dataclass(frozen=True)
class Bar:
    """``value``, ``margin``: in the unit of the axis. ``muted``: drawn in grey. ``hover``: shown under the pointer."""

    label: str
    value: float
    margin: float | None = None
    muted: bool = False
    hover: str = ""


def signed_bars(bars: Sequence[Bar], axis: str, line: float | None = None) -> go.Figure:
    """The bars from top to bottom. ``axis``: its title. ``line``: where a dotted line stands, if anywhere."""
    import plotly.graph_objects as go

    figure = go.Figure()
    colours = [NEITHER if one.muted else FOR if one.value >= 0 else AGAINST for one in bars]
    figure.add_bar(
        x=[one.value for one in bars],
        y=[one.label for one in bars],
        orientation="h",
        marker={"color": colours},
        hovertext=[one.hover or f"{one.value:+.2f}" for one in bars],
        hoverinfo="text",
    )
    _whiskers(figure, [one for one in bars if one.margin])
    figure.add_vline(x=0, line={"color": NEITHER, "width": 1})
    if line is not None:
        figure.add_vline(x=line, line={"color": NEITHER, "width": 1.5, "dash": "dot"})
    figure.update_layout(
        height=64 + ROW * len(bars),
        margin={"l": 10, "r": 10, "t": 4, "b": 10},
        xaxis={"title": axis, "zeroline": False},
        yaxis={"autorange": "reversed", "automargin": True},
        showlegend=False,
        bargap=0.35,
    )
    return figure


def _whiskers(figure: go.Figure, bars: Sequence[Bar]) -> None:
    """Only of bars with a margin: the caps of a whisker without length would still be drawn."""
    if bars:
        figure.add_scatter(
            x=[one.value for one in bars],
            y=[one.label for one in bars],
            mode="markers",
            marker={"size": 1, "color": NEITHER},
            error_x={"array": [one.margin for one in bars], "color": NEITHER, "thickness": 2, "width": 5},
            hoverinfo="skip",
        )


def alternative_text(what: str, bars: Sequence[Bar]) -> str:
    """The chart in words."""
    return (
        f"{what}: " + "; ".join(f"{one.label.replace('<br>', ', ')} {one.value:+.2f}" for one in bars) + "."
    )
