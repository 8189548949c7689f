"""Metrics of one task: curves and tables from the figures stored with the weights."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.networks.display_names import network_label
from spine_core.results.markdown import grades_label

if TYPE_CHECKING:
    import plotly.graph_objects as go

Row = Mapping[str, Any]
"""A ``GradingMetrics`` as stored."""

BASELINE_NAMES = {
    "measurements": "Regression on measurements",
    "fused": "Regression on measurements and features",
}

SKY, ORANGE, GREY = "#56B4E9", "#E69F00", "#8A8F98"


def format_estimate(
    row: Row, name: str, low: str = "low", high: str = "high", sign: str = "", digits: int = 2
) -> str:
    """A value with its 95 % interval. ``sign``: "+" always shows the sign."""
    if row[name] is None:
        return "not measured"
    if row[low] is None:
        return f"{row[name]:{sign}.{digits}f}"
    return f"{row[name]:{sign}.{digits}f} ({row[low]:{sign}.{digits}f} to {row[high]:{sign}.{digits}f})"


def metrics_card(row: Row) -> None:
    """The metrics of one task in one dataset and weighting, with its baselines."""
    rows = {
        "AUROC": format_estimate(row, "auroc"),
        "Baseline: disc level only": "not measured"
        if row["level_only"] is None
        else f"{row['level_only']:.2f}",
        **{f"{network_label(name)} alone": f"{value:.2f}" for name, value in row["members"].items()},
        **{BASELINE_NAMES[name]: f"{value:.2f}" for name, value in row["baselines"].items()},
        "Cohen's kappa": format_estimate(row, "kappa", "kappa_low", "kappa_high"),
        "Brier score": f"{row['brier']:.3f}",
        "Coverage of prediction sets": format_estimate(row, "coverage", "coverage_low", "coverage_high"),
        "Mean size of prediction sets": "not measured"
        if row["set_size"] is None
        else f"{row['set_size']:.2f}",
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    st.html(f'<div class="sl-card"><dl>{listed}</dl></div>')
    st.caption(
        f"{row['patients']} patients, {row['discs']} discs, {row['positives']} of them positive. Brackets: 95 % "
        "bootstrap intervals over patients."
    )


def roc_chart(row: Row, name: str = "ensemble") -> go.Figure:
    """ROC curve with the operating point of the grid, a probability of 50 %."""
    import plotly.graph_objects as go

    figure = go.Figure()
    _diagonal(figure, "chance")
    false, true = zip(*row["roc"], strict=True)
    figure.add_scatter(x=false, y=true, name=name, line={"color": SKY, "width": 2.5})
    rate = row["rate"]
    figure.add_scatter(
        x=[1 - rate["specificity"]], y=[rate["sensitivity"]], name="as shown on the Read page", mode="markers",
        marker={"color": ORANGE, "size": 11, "symbol": "diamond"},
    )  # fmt: skip
    return _framed(figure, "False positive rate", "True positive rate")


def reliability_chart(row: Row) -> go.Figure:
    """Observed frequency against predicted probability, in ten bins of equal size."""
    import plotly.graph_objects as go

    figure = go.Figure()
    _diagonal(figure, "ideal")
    predicted, observed, counts = zip(*row["reliability"], strict=True)
    figure.add_scatter(
        x=predicted, y=observed, name="observed", mode="lines+markers", line={"color": ORANGE, "width": 2.5},
        customdata=counts, hovertemplate="predicted %{x:.0%}, observed %{y:.0%}, %{customdata} discs<extra></extra>",
    )  # fmt: skip
    return _framed(figure, "Predicted probability", "Observed frequency")


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


def confusion_table(row: Row, condition: Condition | None = None) -> None:
    """Number of discs by label (row) and most likely grade (column). ``condition``: by default the released one."""
    labels = (condition or BY_NAME[row["condition"]]).grade_labels
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    rows = [
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(
            f"<td>{'<b>' if i == j else ''}{count}{'</b>' if i == j else ''}</td>"
            for j, count in enumerate(counts)
        )
        + "</tr>"
        for i, (label, counts) in enumerate(zip(labels, row["confusion"], strict=True))
    ]
    st.html(f'<table class="sl-table"><tr><th>label \\ predicted</th>{head}</tr>{"".join(rows)}</table>')


def prediction_set_table(calibration: Row) -> None:
    """Coverage of the prediction sets of one condition, over all discs and by true grade.

    ``calibration``: a ``CalibrationMetrics`` of ``training.evaluation.calibration_eval``, as stored.
    """
    rows = [_prediction_set_row("All", calibration, "coverage_low", "coverage_high")]
    rows += [
        _prediction_set_row(grades_label(calibration["condition"], one["grades"]), one)
        for one in calibration["by_grade"]
        if one["coverage"] is not None
    ]
    head = "<th>True grade</th><th>discs</th><th>Coverage</th><th>Mean set size</th>"
    st.html(f'<table class="sl-table"><tr>{head}</tr>{"".join(rows)}</table>')


def _prediction_set_row(name: str, row: Row, low: str = "low", high: str = "high") -> str:
    size = "not measured" if row["set_size"] is None else f"{row['set_size']:.2f}"
    return (
        f'<tr><th scope="row">{escape(name)}</th><td>{row["discs"]}</td>'
        f"<td>{format_estimate(row, 'coverage', low, high)}</td><td>{size}</td></tr>"
    )


def rate_table(row: Row) -> None:
    """Sensitivity and specificity at a probability of 50 %, over all levels and by level."""
    rows = [_rate_row("All levels", row["rate"], bold=True)]
    rows += [
        _rate_row(level, rate)
        for level, rate in row["by_level"].items()
        if rate["positives"] + rate["negatives"]
    ]
    head = "<th>Level</th><th>Sensitivity</th><th>positive discs</th><th>Specificity</th><th>other discs</th>"
    st.html(f'<table class="sl-table"><tr>{head}</tr>{"".join(rows)}</table>')


def _rate_row(name: str, rate: Row, *, bold: bool = False) -> str:
    def share(value: float | None) -> str:
        return "–" if value is None else f"{value:.0%}"

    shown = f"<b>{escape(name)}</b>" if bold else escape(name)
    return (
        f'<tr><th scope="row">{shown}</th><td>{share(rate["sensitivity"])}</td><td>{rate["positives"]}</td>'
        f"<td>{share(rate['specificity'])}</td><td>{rate['negatives']}</td></tr>"
    )
