"""The figures of a comparison as tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from spine_core.compare.metrics import BY_NAME, Direction, facts
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
    st.markdown("**Agreement**", help=f"{facts(BY_NAME['rank_correlation'])}\n\n{facts(BY_NAME['overlap'])}")
    pairs = {frozenset((a.first, a.second)): a for a in found.agreements}
    head = "".join(f'<th scope="col">{escape(label_of(m))}</th>' for m in found.methods)
    if not pairs:
        st.caption("One map alone has nothing to agree with.")
        return
    rows = []
    for i, first in enumerate(found.methods):
        cells = []
        for j, second in enumerate(found.methods):
            pair = pairs.get(frozenset((first, second)))
            cells.append(
                "<td></td>" if i == j or pair is None else (_rank(pair) if i < j else _overlap(pair))
            )
        rows.append(f'<tr><th scope="row">{escape(label_of(first))}</th>{"".join(cells)}</tr>')
    st.html(
        f'<div class="sl-wide"><table class="sl-table"><tr><th></th>{head}</tr>{"".join(rows)}</table></div>'
    )
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
    st.markdown("**Where the relevance lies**", help=facts(BY_NAME["localisation"]))
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


def figures_table(found: Comparison) -> None:
    """One row per map, and the span of each control's draws below."""
    st.markdown("**Figures beside the controls**")
    names = ("deletion", "insertion", "complexity")
    head = "".join(_head(name) for name in names) + _head("cost") + '<th scope="col">Pictures asked</th>'
    own = {one.method: one for one in found.faithfulness}
    concentrated = {one.method: one.gini for one in found.complexity[: len(found.methods)]}
    rows = []
    for cost in found.costs:
        curves = own[cost.method]
        cells = (
            curves.deletion.log_odds_auc,
            curves.insertion.log_odds_auc,
            concentrated[cost.method],
            cost.seconds,
        )
        rows.append(
            f'<tr><th scope="row">{escape(label_of(cost.method))}</th>'
            f"{''.join(_figure([cell]) for cell in cells)}<td>{cost.network_calls}</td></tr>"
        )
    gini = found.complexity[len(found.methods) :]
    for name in dict.fromkeys(one.method for one in found.controls):
        draws = [one for one in found.controls if one.method == name]
        spans = (
            [one.deletion.log_odds_auc for one in draws],
            [one.insertion.log_odds_auc for one in draws],
            [one.gini for one in gini if one.method == name],
        )
        rows.append(
            f'<tr class="foot"><th scope="row">Control: {escape(label_of(name))}</th>'
            f"{''.join(_figure(span) for span in spans)}<td></td><td></td></tr>"
        )
    st.html(
        f'<div class="sl-wide"><table class="sl-table"><tr><th></th>{head}</tr>{"".join(rows)}</table></div>'
    )
    st.caption(
        "Areas are mean log-odds along the curve. Arrows: which way is better. Point at a heading for what it "
        "measures, where it comes from, and how it misleads. Controls: lowest to highest of their draws."
    )


def _head(name: str) -> str:
    metric = BY_NAME[name]
    arrow = "↑" if metric.direction is Direction.HIGHER else "↓"
    return f'<th scope="col" title="{escape(facts(metric))}">{escape(metric.label)} {arrow}</th>'


def _figure(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "<td>empty map</td>"
    low, high = f"{min(known):.2f}", f"{max(known):.2f}"
    return f"<td>{low}</td>" if low == high else f"<td>{low} to {high}</td>"
