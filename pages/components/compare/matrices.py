"""Agreement of methods, or of networks, as matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from pages.components.compare.tables import wide
from spine_core.comparison.metrics.agreement.agreement import (
    AGREEMENT_METRICS,
    RANK_CORRELATION,
    SIGN_AGREEMENT,
    SSIM,
    TOP_OVERLAP,
    Agreement,
)
from spine_core.comparison.metrics.base import Metric
from spine_core.comparison.types import Comparison, PartialComparison
from spine_core.comparison.verdict import label_of

RANKS = (RANK_CORRELATION, TOP_OVERLAP)
SIMILARITY = (SSIM, SIGN_AGREEMENT)
"""Two metrics that share a matrix: the cells above the diagonal and those below it."""

CAPTIONS = {
    RANKS: "Above the diagonal: rank correlation (Spearman), -1 to 1. Below: overlap of the top tenth (Dice), 0 to 1; "
    "unrelated maps reach about 0.1. Bold: above what 95 % of blurred random maps reach.",
    SIMILARITY: "Above the diagonal: structural similarity (SSIM), -1 to 1. Below: sign agreement, 0 to 1, between "
    "maps that show negative evidence too. Bold: above what 95 % of random patches with the maps' own values reach.",
}


def agreement_matrix(found: Comparison | PartialComparison) -> None:
    """Four metrics in two matrices, each value with its chance level."""
    st.markdown(
        "**Agreement between methods**",
        help="\n\n".join(f"{one.label}: {one.help}" for one in AGREEMENT_METRICS),
    )
    if not found.agreements:
        st.caption("Agreement needs at least two methods.")
        return
    for metrics in (RANKS, SIMILARITY):
        matrix(found.agreements, found.methods, label_of, metrics)
        st.caption(CAPTIONS[metrics])
    st.caption(RANK_CORRELATION.caveat)


def matrix(
    pairs: Sequence[Agreement],
    names: Sequence[str],
    label: Callable[[str], str],
    metrics: tuple[Metric, Metric],
) -> None:
    """Two metrics of every pair of ``names``: one above the diagonal, one below, each with its chance level."""
    cells = {
        (frozenset((one.method, one.other)), one.metric.name): (one.value, one.chance)
        for pair in pairs
        for one in pair.results
    }
    head = "".join(f'<th scope="col">{escape(label(name))}</th>' for name in names)
    rows = []
    for i, first in enumerate(names):
        row = []
        for j, second in enumerate(names):
            metric = metrics[0] if i < j else metrics[1]
            row.append("<td></td>" if i == j else _cell(cells.get((frozenset((first, second)), metric.name))))
        rows.append(f'<tr><th scope="row">{escape(label(first))}</th>{"".join(row)}</tr>')
    wide(head, rows)


def _cell(found: tuple[float | None, float | None] | None) -> str:
    if found is None:
        return "<td>not applicable</td>"
    value, chance = found
    if value is None or chance is None:
        return "<td>empty map</td>"
    number = f"<b>{value:.2f}</b>" if value > chance else f"{value:.2f}"
    return f"<td>{number}<small>chance up to {chance:.2f}</small></td>"
