"""The model card's section on the search of hyper-parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from spine_core.results.experiments import BACKBONE
from spine_core.results.markdown import table
from spine_core.results.tuning import SEARCH, SPACE, earlier

Row = Mapping[str, Any]
"""A ``Search`` or ``Trial`` as stored in the card."""

HEADS = ("trial", *(one.label for one in SPACE.values()), "mean AUROC", "Sudirman", "SPIDER", "minutes")


def section(search: Row | None) -> list[str]:
    """Its parts in Markdown; none where nothing was searched."""
    if search is None:
        return []
    trials = search["trials"]
    ranges = "; ".join(
        f"{one.label} {one.low:g} to {one.high:g}{' (in the logarithm)' if one.log else ''}"
        for one in SPACE.values()
    )
    return [
        f"## Hyper-parameters searched\nNeeds training, which `evaluate` does not repeat: made by "
        f"`{search['command']}` and kept in `assets/experiments/search.csv`. Optuna's tree-structured Parzen estimator "
        f"chose {len(trials)} times among {ranges}. Each choice trained {BACKBONE} from ImageNet by a short plan "
        f"({SEARCH.size}x{SEARCH.size} crops, {SEARCH.epochs} epochs, no phantoms; seeing SPIDER more often means more "
        "steps), and its score is the mean AUROC over the questions of both sets and weightings, unweighted, answers "
        "not calibrated.",
        "What it can tell is little. The score is that of the selection patients (fold 1), on whom the best trial was "
        "picked out of all: it is optimistic. There is one seed, and no interval. What is best for a short plan at "
        "small size need not be best for a long one. No test patient was asked. The plans of the networks trained "
        f"since were set near the best trials. {standing(trials)}",
        table(HEADS, lines(trials)),
    ]


def lines(trials: Sequence[Row]) -> list[list[str]]:
    """Cells of the table, the best trial first; as many as ``HEADS``."""
    return [
        [f"{row['number']}{' (earlier plan)' if _is_earlier(row) else ''}",
         *(f"{row['values'][name]:g}" for name in SPACE),
         *(f"{row[name]:.3f}" for name in ("auroc", "sudirman", "spider")), f"{row['seconds'] / 60:.1f}"]
        for row in _best_first(trials)
    ]  # fmt: skip


def standing(trials: Sequence[Row]) -> str:
    """Whether the earlier plan lies within the ranges, and how it did."""
    inside = all(SPACE[name].low <= value <= SPACE[name].high for name, value in asdict(earlier()).items())
    lies = (
        f"The values of the earlier plan lie {'inside' if inside else 'not all inside'} the searched ranges"
    )
    ranked = _best_first(trials)
    places = [place for place, row in enumerate(ranked, start=1) if _is_earlier(row)]
    if not places:
        return f"{lies} and were not tried."
    behind = ranked[0]["auroc"] - ranked[places[0] - 1]["auroc"]
    return f"{lies}: place {places[0]} of {len(ranked)}, {behind:.3f} below the best."


def _best_first(trials: Sequence[Row]) -> list[Row]:
    return sorted(trials, key=lambda row: (-row["auroc"], row["number"]))


def _is_earlier(row: Row) -> bool:
    return bool(row["values"] == asdict(earlier()))
