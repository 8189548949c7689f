"""The model card's section on similar discs, from the figures stored with the index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.networks.conditions import BY_NAME
from spine_core.networks.display_names import network_label
from spine_core.results.markdown import markdown_table
from spine_core.results.retrieval import EMBEDDING, RANKINGS, WEIGHTINGS, read_figures
from spine_core.retrieval.index_file import INDEX
from spine_core.training.model_card.rendering import render

Row = Mapping[str, Any]


def section(network: str) -> str:
    """The section in Markdown; empty without test figures of ``network``, the hash of the ensemble."""
    path = INDEX.with_suffix(".json")
    card = json.loads(path.read_text()) if path.is_file() else {}
    figures = read_figures(network)
    if card.get("network") != network or "test" not in figures:
        return ""
    return retrieval_section(card, figures["test"])


def retrieval_section(card: Row, figures: Row) -> str:
    """The section from the card of the index and the figures of the test patients."""
    chosen = [row for row in card["candidates"] if row["name"] == card["embedding"] and row["components"]]
    return render(
        "retrieval",
        embedding=network_label(card["embedding"]),
        components=str(chosen[0]["components"]),
        discs=str(card["discs"]),
        patients=str(card["patients"]),
        command=card["trained_by"],
        tasks=str(chosen[0]["tasks"]),
        candidates=markdown_table(
            ["embedding", "components", "P@1"],
            [
                [network_label(row["name"]), str(row["components"] or "all"), f"{row['p1']:.3f}"]
                for row in card["candidates"]
            ],
        ),
        verdict=_verdict(figures["rows"]),
        table=markdown_table(
            ["finding", "weightings", "ranking", "discs (patients)", "P@1", "P@5", "P@5, mean over grades", "mAP",
             "nDCG@10", "P@5 minus same level"],
            [_row(row) for row in figures["rows"]],
        ),
        far=markdown_table(
            ["finding", "weightings", "discs", "no close case"],
            [
                [BY_NAME[row["condition"]].label, WEIGHTINGS[row["weightings"]], str(row["queries"]),
                 _estimate(row["share"])]
                for row in figures["far"]
            ],
        ),
    )  # fmt: skip


def _verdict(rows: Sequence[Row]) -> str:
    """Which conditions neighbours say nothing about."""
    own = [row for row in rows if row["ranking"] == EMBEDDING]
    none = [
        f"{BY_NAME[row['condition']].label} on {WEIGHTINGS[row['weightings']]}"
        for row in own
        if row["gain"][1] <= 0
    ]
    if not none:
        return f"it lies above 0 for all {len(own)} conditions and weightings."
    return (
        f"it does not lie above 0 for {len(none)} of {len(own)} conditions and weightings, where similar discs are not "
        f"shown to be better than discs of the same level: {', '.join(none)}."
    )


def _row(row: Row) -> list[str]:
    return [
        BY_NAME[row["condition"]].label,
        WEIGHTINGS[row["weightings"]],
        RANKINGS[row["ranking"]],
        f"{row['queries']} ({row['patients']})",
        *(_estimate(row[name]) for name in ("p1", "p5", "balanced", "ap", "ndcg")),
        "" if row["gain"] is None else _estimate(row["gain"]),
    ]


def _estimate(values: Sequence[float | None]) -> str:
    """Value and interval; empty where unknown."""
    if any(value is None for value in values):
        return ""
    mean, low, high = values
    return f"{mean:.2f} ({low:.2f} to {high:.2f})"
