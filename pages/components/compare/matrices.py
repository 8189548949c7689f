"""Agreement of methods, or of networks, as matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from pages.components.compare.tables import wide
from spine_core.comparison.metrics.registry import BY_NAME, facts
from spine_core.comparison.types import Agreement, Comparison
from spine_core.comparison.verdict import label_of


@dataclass(frozen=True)
class Measures:
    """Two measures that share a matrix: the cells above and below the diagonal, and what they mean, in words."""

    above: Callable[[Agreement], str]
    below: Callable[[Agreement], str]
    words: str


def agreement_matrix(found: Comparison) -> None:
    """Four measures in two matrices, one above the diagonal and one below, each figure beside its chance level."""
    names = ("rank_correlation", "overlap", "similarity", "sign_agreement")
    st.markdown("**Agreement**", help="\n\n".join(f"{BY_NAME[n].label}: {facts(BY_NAME[n])}" for n in names))
    if not found.agreements:
        st.caption("One map alone has nothing to agree with.")
        return
    for measures in (RANKS, LIKENESS):
        matrix(found.agreements, found.methods, label_of, measures)
        st.caption(f"{measures.words} {BY_NAME['rank_correlation'].caveat if measures is RANKS else ''}")


def matrix(
    agreements: Sequence[Agreement], names: Sequence[str], label: Callable[[str], str], measures: Measures
) -> None:
    """Two measures of every pair of ``names``, one above the diagonal and one below, each beside its chance level."""
    pairs = {frozenset((a.first, a.second)): a for a in agreements}
    head = "".join(f'<th scope="col">{escape(label(name))}</th>' for name in names)
    rows = []
    for i, first in enumerate(names):
        cells = []
        for j, second in enumerate(names):
            pair = pairs.get(frozenset((first, second)))
            cells.append(
                "<td></td>" if i == j or pair is None else (measures.above if i < j else measures.below)(pair)
            )
        rows.append(f'<tr><th scope="row">{escape(label(first))}</th>{"".join(cells)}</tr>')
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


RANKS = Measures(
    _rank,
    _overlap,
    "Above the diagonal: rank correlation (Spearman), -1 to 1. Below: overlap of the strongest tenth (Dice), 0 to 1; "
    "unrelated maps reach about 0.1. Bold: above what 95 % of blurred random maps reach.",
)

LIKENESS = Measures(
    _similarity,
    _signs,
    "Above the diagonal: structural similarity (SSIM), -1 to 1. Below: agreement of signs, 0 to 1, between maps that "
    "show what speaks against the answer too. Bold: above what 95 % of random patches with the maps' own values reach.",
)
