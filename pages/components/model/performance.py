"""How well one question is answered: curves, tables and words, from the figures kept with the weights."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from spine_core.networks.conditions import BY_NAME
from spine_core.networks.display_names import network_label
from spine_core.results.markdown import grades_label

if TYPE_CHECKING:
    import plotly.graph_objects as go

Row = Mapping[str, Any]
"""One line of ``evaluation.metrics.Graded`` as stored."""

CLASSICAL = {
    "measurements": "Regression on measurements",
    "fused": "Regression on measurements and features",
}

SKY, ORANGE, GREY = "#56B4E9", "#E69F00", "#8A8F98"


def span(row: Row, name: str, low: str = "low", high: str = "high", sign: str = "", digits: int = 2) -> str:
    """A figure with its 95 % interval. ``sign``: "+" to show it always."""
    if row[name] is None:
        return "not known"
    if row[low] is None:
        return f"{row[name]:{sign}.{digits}f}"
    return f"{row[name]:{sign}.{digits}f} ({row[low]:{sign}.{digits}f} to {row[high]:{sign}.{digits}f})"


def facts(row: Row) -> None:
    """The figures of one question in one set and weighting, each with what stands beside it."""
    lines = {
        "AUROC": span(row, "auroc"),
        "An answer from the level alone": "not known"
        if row["level_only"] is None
        else f"{row['level_only']:.2f}",
        **{f"{network_label(name)} alone": f"{value:.2f}" for name, value in row["members"].items()},
        **{CLASSICAL[name]: f"{value:.2f}" for name, value in row["baselines"].items()},
        "Cohen's kappa": span(row, "kappa", "kappa_low", "kappa_high"),
        "Brier score": f"{row['brier']:.3f}",
        "Prediction sets hold the truth": span(row, "coverage", "coverage_low", "coverage_high"),
        "Grades in a set, mean": "not known" if row["set_size"] is None else f"{row['set_size']:.2f}",
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in lines.items())
    st.html(f'<div class="sl-card"><dl>{listed}</dl></div>')
    st.caption(
        f"{row['patients']} patients, {row['discs']} discs, {row['positives']} of them positive. Brackets: 95 % "
        "bootstrap intervals over patients."
    )


def roc_chart(row: Row) -> go.Figure:
    """Sensitivity against false alarms, with the point at which the grid calls the finding present."""
    import plotly.graph_objects as go

    figure = go.Figure()
    _diagonal(figure, "chance")
    false, true = zip(*row["roc"], strict=True)
    figure.add_scatter(x=false, y=true, name="all networks", line={"color": SKY, "width": 2.5})
    rate = row["rate"]
    figure.add_scatter(
        x=[1 - rate["specificity"]], y=[rate["sensitivity"]], name="as shown in the grid", mode="markers",
        marker={"color": ORANGE, "size": 11, "symbol": "diamond"},
    )  # fmt: skip
    return _framed(figure, "Share of healthy discs called positive", "Share of positive discs found")


def reliability_chart(row: Row) -> go.Figure:
    """Observed frequency against said probability, in ten parts of equally many discs."""
    import plotly.graph_objects as go

    figure = go.Figure()
    _diagonal(figure, "as said")
    said, seen, counts = zip(*row["reliability"], strict=True)
    figure.add_scatter(
        x=said, y=seen, name="observed", mode="lines+markers", line={"color": ORANGE, "width": 2.5},
        customdata=counts, hovertemplate="said %{x:.0%}, seen %{y:.0%}, %{customdata} discs<extra></extra>",
    )  # fmt: skip
    return _framed(figure, "Probability said", "Share that was positive")


def _diagonal(figure: go.Figure, name: str) -> None:
    line = {"color": GREY, "dash": "dot"}
    figure.add_scatter(x=[0, 1], y=[0, 1], name=name, mode="lines", line=line, hoverinfo="skip")


def _framed(figure: go.Figure, x: str, y: str) -> go.Figure:
    axis = {"range": [-0.02, 1.02], "tickformat": ".0%"}
    figure.update_layout(
        height=330, margin={"l": 10, "r": 10, "t": 10, "b": 10}, xaxis={"title": x, **axis},
        yaxis={"title": y, **axis}, legend={"x": 0.98, "y": 0.04, "xanchor": "right", "yanchor": "bottom"},
    )  # fmt: skip
    return figure


def confusion_table(row: Row) -> None:
    """Discs by what the label says (rows) and what the networks say (columns)."""
    labels = BY_NAME[row["condition"]].grade_labels
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    lines = [
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(
            f"<td>{'<b>' if i == j else ''}{count}{'</b>' if i == j else ''}</td>"
            for j, count in enumerate(counts)
        )
        + "</tr>"
        for i, (label, counts) in enumerate(zip(labels, row["confusion"], strict=True))
    ]
    st.html(f'<table class="sl-table"><tr><th>label \\ said</th>{head}</tr>{"".join(lines)}</table>')


def sets_table(calibrated: Row) -> None:
    """Whether the sets of one condition hold the true grade, over all discs and by true grade.

    ``calibrated``: one line of ``training.evaluation.calibration_eval.Calibrated`` as stored.
    """
    lines = [_sets_line("All", calibrated, "coverage_low", "coverage_high")]
    lines += [
        _sets_line(grades_label(calibrated["condition"], one["grades"]), one)
        for one in calibrated["by_grade"]
        if one["coverage"] is not None
    ]
    head = "<th>True grade</th><th>discs</th><th>Sets that hold it</th><th>Grades in a set</th>"
    st.html(f'<table class="sl-table"><tr>{head}</tr>{"".join(lines)}</table>')


def _sets_line(name: str, row: Row, low: str = "low", high: str = "high") -> str:
    size = "not known" if row["set_size"] is None else f"{row['set_size']:.2f}"
    return (
        f'<tr><th scope="row">{escape(name)}</th><td>{row["discs"]}</td>'
        f"<td>{span(row, 'coverage', low, high)}</td><td>{size}</td></tr>"
    )


def rate_table(row: Row) -> None:
    """Sensitivity and specificity as the grid shows the finding, over all levels and at each."""
    lines = [_rate_line("All levels", row["rate"], bold=True)]
    lines += [
        _rate_line(level, rate)
        for level, rate in row["by_level"].items()
        if rate["positives"] + rate["negatives"]
    ]
    head = "<th>Level</th><th>Sensitivity</th><th>positive discs</th><th>Specificity</th><th>other discs</th>"
    st.html(f'<table class="sl-table"><tr>{head}</tr>{"".join(lines)}</table>')


def _rate_line(name: str, rate: Row, *, bold: bool = False) -> str:
    def share(value: float | None) -> str:
        return "–" if value is None else f"{value:.0%}"

    shown = f"<b>{escape(name)}</b>" if bold else escape(name)
    return (
        f'<tr><th scope="row">{shown}</th><td>{share(rate["sensitivity"])}</td><td>{rate["positives"]}</td>'
        f"<td>{share(rate['specificity'])}</td><td>{rate['negatives']}</td></tr>"
    )
