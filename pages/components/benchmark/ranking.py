"""The benchmark of the methods on phantoms, as a chart and as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from pages.components.compare.tables import wide
from pages.components.model.performance import GREY, ORANGE, SKY
from spine_core.comparison.benchmark.ranking import CONTROL_NAMES, MethodRank
from spine_core.comparison.benchmark.stored import beats_controls, best_control
from spine_core.comparison.verdict import label_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

FIGURES = {
    "auroc": (
        "Detection of the changed region (AUROC)",
        "Relevance as a detector of the blocks that differ between the pair (area under the ROC curve); 0.5 by chance.",
    ),
    "pointing_game": ("Pointing game", "How often the most relevant block is one that changed."),
    "relevance_drop": (
        "Relevance drop without the lesion",
        "Fraction of the relevance on the changed region that is gone in the same image without the lesion; 0 for a "
        "map that stays.",
    ),
}
"""Metrics of the ranking: heading and what it means."""


def span(figure: Sequence[float]) -> str:
    """A mean with its 95 % interval."""
    return f"{figure[0]:.2f} ({figure[1]:.2f} to {figure[2]:.2f})"


def chart(ranked: Sequence[MethodRank], name: str) -> go.Figure:
    """One figure of every method with its interval, the best above; a band shows where the best control lies."""
    import plotly.graph_objects as go

    figure = go.Figure()
    most = getattr(best_control(ranked), name)
    figure.add_vrect(x0=most[1], x1=most[2], fillcolor=GREY, opacity=0.25, line_width=0)
    for words, colour, symbol, controls in (
        ("methods", SKY, "circle", False),
        ("controls", ORANGE, "diamond", True),
    ):
        some = [one for one in ranked if (one.method in CONTROL_NAMES) is controls]
        values = [getattr(one, name) for one in some]
        figure.add_scatter(
            x=[value[0] for value in values], y=[label_of(one.method) for one in some], name=words, mode="markers",
            marker={"color": colour, "size": 10, "symbol": symbol},
            error_x={
                "array": [value[2] - value[0] for value in values],
                "arrayminus": [value[0] - value[1] for value in values], "thickness": 1.5,
            },
            hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        )  # fmt: skip
    order = [label_of(one.method) for one in ranked]
    figure.update_yaxes(categoryorder="array", categoryarray=order[::-1])
    figure.update_xaxes(title=FIGURES[name][0])
    figure.update_layout(
        height=80 + 26 * len(ranked), margin={"l": 0, "r": 8, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    return figure


def table(ranked: Sequence[MethodRank]) -> None:
    """All three figures of every method; bold where the best control is beaten."""
    head = "".join(
        f'<th scope="col"><span title="{escape(help_)}">{escape(words)}</span></th>'
        for words, help_ in FIGURES.values()
    )
    rows = []
    for one in ranked:
        control = one.method in CONTROL_NAMES
        found = span(one.auroc)
        cells = [
            f"<b>{found}</b>" if not control and beats_controls(one) else found,
            span(one.pointing_game),
            span(one.relevance_drop),
        ]
        name = f"{label_of(one.method)} (control)" if control else label_of(one.method)
        rank = (
            f"{one.rank[0]}" if one.rank[1] == one.rank[2] else f"{one.rank[0]} ({one.rank[1]}-{one.rank[2]})"
        )
        rows.append(
            f'<tr><th scope="row">{escape(name)}</th><td>{rank}</td>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    wide(f'<th scope="col">Rank</th>{head}', rows)


def real_data_table(rows_found: Sequence[Mapping[str, Any]]) -> None:
    """Localisation on slices that people segmented."""
    head = "".join(
        f'<th scope="col">{words}</th>'
        for words in (
            "Relevance mass in the region",
            "Pointing game",
            "IoU at the best threshold",
            "Empty maps",
        )
    )
    rows = []
    for row in rows_found:
        control = " (control)" if row["method"] in CONTROL_NAMES else ""
        cells = [
            span(row["relevance_mass"]),
            span(row["pointing_game"]),
            span(row["iou_best"]),
            str(row["empty"]),
        ]
        rows.append(
            f'<tr><th scope="row">{escape(label_of(row["method"]) + control)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    wide(head, rows)
