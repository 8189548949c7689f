"""The figures of a comparison as tables and sentences."""

from __future__ import annotations

from html import escape

import streamlit as st

from spine_core.compare.metrics import BY_NAME
from spine_core.compare.model import Agreement, Comparison, Outcome
from spine_core.compare.verdict import label_of

ICONS = {
    Outcome.FAITHFUL: ":material/check_circle:",
    Outcome.PARTLY: ":material/contrast:",
    Outcome.NO_BETTER: ":material/cancel:",
    Outcome.EMPTY: ":material/hide_source:",
    Outcome.UNTESTABLE: ":material/help:",
}


def verdict_list(found: Comparison) -> None:
    """One sentence per method."""
    for verdict in found.verdicts:
        st.markdown(f"{ICONS[verdict.outcome]} {verdict.text}")


def agreement_matrix(found: Comparison) -> None:
    """Rank correlation above the diagonal, overlap of the strongest tenth below it, each beside its chance level."""
    st.markdown("**Agreement**")
    pairs = {frozenset((a.first, a.second)): a for a in found.agreements}
    head = "".join(f'<th scope="col">{escape(label_of(m))}</th>' for m in found.methods)
    rows = []
    for i, first in enumerate(found.methods):
        cells = []
        for j, second in enumerate(found.methods):
            pair = pairs.get(frozenset((first, second)))
            cells.append(
                "<td></td>" if i == j or pair is None else (_rank(pair) if i < j else _overlap(pair))
            )
        rows.append(f'<tr><th scope="row">{escape(label_of(first))}</th>{"".join(cells)}</tr>')
    st.html(f'<table class="sl-table"><tr><th></th>{head}</tr>{"".join(rows)}</table>')
    st.caption(
        "Above the diagonal: rank correlation (Spearman), -1 to 1. Below: overlap of the strongest tenth (Dice), 0 to "
        "1; unrelated maps reach about 0.1. Bold: above what 95 % of blurred random maps reach. "
        + BY_NAME["rank_correlation"].caveat
    )


def _rank(pair: Agreement) -> str:
    return _cell(pair.rank_correlation, pair.chance_correlation)


def _overlap(pair: Agreement) -> str:
    return _cell(pair.overlap, pair.chance_overlap)


def _cell(value: float | None, chance: float | None) -> str:
    if value is None or chance is None:
        return "<td>empty map</td>"
    number = f"<b>{value:.2f}</b>" if value > chance else f"{value:.2f}"
    return f"<td>{number}<small>chance up to {chance:.2f}</small></td>"


def localisation_table(found: Comparison) -> None:
    """Share of each map's relevance per structure, beside the share of the picture that the structure covers."""
    if not found.localisation:
        return
    st.markdown("**Where the relevance lies**")
    structures = list(found.localisation[0].area)
    head = "".join(f'<th scope="col">{escape(name.capitalize())}</th>' for name in structures)
    rows = [
        f'<tr><th scope="row">{escape(label_of(one.method))}</th>'
        + "".join(f"<td>{one.mass[name]:.0%}</td>" for name in structures)
        + "</tr>"
        for one in found.localisation
    ]
    area = "".join(f"<td>{found.localisation[0].area[name]:.0%}</td>" for name in structures)
    rows.append(f'<tr class="foot"><th scope="row">An even map</th>{area}</tr>')
    st.html(f'<table class="sl-table"><tr><th></th>{head}</tr>{"".join(rows)}</table>')
    st.caption(BY_NAME["localisation"].caveat)
