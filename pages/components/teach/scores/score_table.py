"""Scores in a table: a column per group of findings, each figure with its number and interval."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from spine_core.audit.analysis.means import Mean
from spine_core.teaching.kappa import HUMAN_BETWEEN, HUMAN_SOURCE, HUMAN_WITHIN, LEAST_FINDINGS, Kappa
from spine_core.teaching.scores import Score

HELP = {
    "Exact": "Fraction of your grades that are the reference grade.",
    "Within one grade": "Of ordinal findings: the reference grade or a neighbouring one.",
    "Weighted kappa": f"Agreement with the reference beyond chance: 1 is perfect, 0 is chance. Quadratic for ordinal "
    f"grades. From {LEAST_FINDINGS} findings of one kind on.",
    "Brier score": "How well your confidence fits: mean squared difference between the probability that it states and "
    "being right. 0 is best, 1 worst.",
    "Place hit": "Fraction of your marked places that lie within the place of the reference.",
    "Seconds per case": "From opening a case to the commit.",
}


def score_table(scores: Mapping[str, Score]) -> None:
    """Rows are measures. ``scores``: by the head of the column."""
    rows = {
        "Findings graded": [str(one.graded) for one in scores.values()],
        "Cannot tell": [str(one.cannot_tell) for one in scores.values()],
        "Exact": [percent(one.exact) for one in scores.values()],
        "Within one grade": [percent(one.within_one) for one in scores.values()],
        "Weighted kappa": [_kappa(one.kappa, one.graded) for one in scores.values()],
        "Brier score": [number(one.brier) for one in scores.values()],
        "Place hit": [percent(one.hit) for one in scores.values()],
        "Seconds per case": [number(one.seconds, 0) for one in scores.values()],
        "Cases after the time limit": [str(one.late) for one in scores.values()],
    }
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in scores)
    body = "".join(
        f'<tr><th scope="row" title="{escape(HELP.get(name, ""))}">{escape(name)}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
        for name, cells in rows.items()
    )
    head = f'<thead><tr><th scope="col">Measure</th>{heads}</tr></thead>'
    table = f'<table class="sl-table sl-near">{head}<tbody>{body}</tbody></table>'
    st.html(f'<div class="sl-wide" tabindex="0" role="region" aria-label="Scores">{table}</div>')
    st.caption(
        f"For comparison, human Pfirrmann grades agree with a weighted kappa of about {HUMAN_BETWEEN} between readers "
        f"and {HUMAN_WITHIN} within one reader ({HUMAN_SOURCE})."
    )


def percent(mean: Mean) -> str:
    """``75 % (50 to 100 %), n = 8``."""
    if mean.value is None:
        return "–"
    low_high = "" if mean.interval is None else f" ({mean.interval[0]:.0%} to {mean.interval[1]:.0%})"
    return _with_n(f"{mean.value:.0%}{low_high}", mean.n)


def number(mean: Mean, digits: int = 2) -> str:
    """``0.21 (0.10 to 0.35), n = 8``."""
    if mean.value is None:
        return "–"
    low_high = ""
    if mean.interval is not None:
        low_high = f" ({mean.interval[0]:.{digits}f} to {mean.interval[1]:.{digits}f})"
    return _with_n(f"{mean.value:.{digits}f}{low_high}", mean.n)


def _kappa(kappa: Kappa | None, graded: int) -> str:
    if kappa is None:
        return f"from {LEAST_FINDINGS} findings on" if graded < LEAST_FINDINGS else "–"
    low_high = "" if kappa.interval is None else f" ({kappa.interval[0]:.2f} to {kappa.interval[1]:.2f})"
    return _with_n(f"{kappa.value:.2f}{low_high}", kappa.n)


def _with_n(words: str, count: int) -> str:
    return f"{words}<small>n = {count}</small>"
