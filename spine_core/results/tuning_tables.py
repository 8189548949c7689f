"""The model card's section on the hyper-parameter search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from spine_core.results.experiments import BACKBONE
from spine_core.results.markdown import markdown_table
from spine_core.results.tuning import SEARCH_SPACE, TRIAL_SETTINGS, baseline_hyper_parameters

Row = Mapping[str, Any]
"""A ``TuningResult`` or ``Trial`` as stored in the card."""

HEADINGS = (
    "trial",
    *(one.label for one in SEARCH_SPACE.values()),
    "mean AUROC",
    "Sudirman",
    "SPIDER",
    "minutes",
)


def section(tuning: Row | None) -> list[str]:
    """The section in Markdown; empty if no trials are stored."""
    if tuning is None:
        return []
    trials = tuning["trials"]
    ranges = "; ".join(
        f"{one.label} {one.low:g} to {one.high:g}{' (logarithmic)' if one.log else ''}"
        for one in SEARCH_SPACE.values()
    )
    return [
        f"## Hyper-parameter tuning\nThese figures need training, which `evaluate` does not repeat: "
        f"`{tuning['command']}`. The trials are stored in `assets/experiments/tuning.csv`. Optuna's tree-structured "
        f"Parzen estimator proposed {len(trials)} trials in this search space: {ranges}. Each trial trained {BACKBONE} "
        f"from ImageNet weights with a short plan ({TRIAL_SETTINGS.size}x{TRIAL_SETTINGS.size} crops, "
        f"{TRIAL_SETTINGS.epochs} epochs, no phantoms; more SPIDER passes mean more steps). The score is the "
        "unweighted mean AUROC over the tasks of both datasets and weightings, without calibration.",
        "The evidence is limited. The score is measured on the selection patients (fold 1), on whom the best trial was "
        "chosen, so it is optimistic. There is one seed and no interval. The best hyper-parameters of a short plan on "
        "small images need not be the best of a long plan. No test patient was used. The plans of later networks were "
        f"set close to the best trials. {baseline_rank(trials)}",
        markdown_table(HEADINGS, trial_rows(trials)),
    ]


def trial_rows(trials: Sequence[Row]) -> list[list[str]]:
    """Cells of the table, the best trial first; as many as ``HEADINGS``."""
    return [
        [f"{row['number']}{' (earlier plan)' if _is_baseline(row) else ''}",
         *(f"{row['hyper_parameters'][name]:g}" for name in SEARCH_SPACE),
         *(f"{row[name]:.3f}" for name in ("auroc", "sudirman", "spider")), f"{row['seconds'] / 60:.1f}"]
        for row in _best_first(trials)
    ]  # fmt: skip


def baseline_rank(trials: Sequence[Row]) -> str:
    """Whether the earlier plan lies in the search space, and its rank among the trials."""
    inside = all(
        SEARCH_SPACE[name].low <= value <= SEARCH_SPACE[name].high
        for name, value in asdict(baseline_hyper_parameters()).items()
    )
    start = f"The earlier plan lies {'inside' if inside else 'partly outside'} the search space"
    ranked = _best_first(trials)
    ranks = [rank for rank, row in enumerate(ranked, start=1) if _is_baseline(row)]
    if not ranks:
        return f"{start} and was not tried."
    gap = ranked[0]["auroc"] - ranked[ranks[0] - 1]["auroc"]
    return f"{start}: rank {ranks[0]} of {len(ranked)}, {gap:.3f} below the best."


def _best_first(trials: Sequence[Row]) -> list[Row]:
    return sorted(trials, key=lambda row: (-row["auroc"], row["number"]))


def _is_baseline(row: Row) -> bool:
    return bool(row["hyper_parameters"] == asdict(baseline_hyper_parameters()))
