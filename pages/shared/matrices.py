"""Agreement of the methods, as matrices."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from pages.shared.tables import wide
from spine_core.compare.metrics import BY_NAME, facts
from spine_core.compare.model import Agreement, Comparison
from spine_core.compare.verdict import label_of


def agreement_matrix(found: Comparison) -> None:
    """Four measures in two matrices, one above the diagonal and one below, each figure beside its chance level."""
    names = ("rank_correlation", "overlap", "similarity", "sign_agreement")
    st.markdown("**Agreement**", help="\n\n".join(f"{BY_NAME[n].label}: {facts(BY_NAME[n])}" for n in names))
    if not found.agreements:
        st.caption("One map alone has nothing to agree with.")
        return
    _matrix(found, _rank, _overlap)
    st.caption(
        "Above the diagonal: rank correlation (Spearman), -1 to 1. Below: overlap of the strongest tenth (Dice), 0 to "
        "1; unrelated maps reach about 0.1. Bold: above what 95 % of blurred random maps reach. "
        + BY_NAME["rank_correlation"].caveat
    )
    _matrix(found, _similarity, _signs)
    st.caption(
        "Above the diagonal: structural similarity (SSIM), -1 to 1. Below: agreement of signs, 0 to 1, between methods "
        "that show what speaks against the answer too. Bold: above what 95 % of random patches with the maps' own "
        "values reach."
    )


def _matrix(found: Comparison, above: Callable[[Agreement], str], below: Callable[[Agreement], str]) -> None:
    pairs = {frozenset((a.first, a.second)): a for a in found.agreements}
    head = "".join(f'<th scope="col">{escape(label_of(m))}</th>' for m in found.methods)
    rows = []
    for i, first in enumerate(found.methods):
        cells = []
        for j, second in enumerate(found.methods):
            pair = pairs.get(frozenset((first, second)))
            cells.append("<td></td>" if i == j or pair is None else (above(pair) if i < j else below(pair)))
        rows.append(f'<tr><th scope="row">{escape(label_of(first))}</th>{"".join(cells)}</tr>')
    wide(head, rows)


def _rank(pair: Agreement) -> str:
    return _cell(pair.rank_correlation, pair.chance_correlation)


def _overlap(pair: Agreement) -> str:
    return _cell(pair.overlap, pair.chance_overlap)


def _similarity(pair: Agreement) -> str:
    return _cell(pair.similarity, pair.chance_similarity)


def _signs(pair: Agreement) -> str:
    if pair.evidence != "signed":
        return "<td>not signed</td>"
    return _cell(pair.sign_agreement, pair.chance_sign_agreement)


def _cell(value: float | None, chance: float | None) -> str:
    if value is None or chance is None:
        return "<td>empty map</td>"
    number = f"<b>{value:.2f}</b>" if value > chance else f"{value:.2f}"
    return f"<td>{number}<small>chance up to {chance:.2f}</small></td>"
