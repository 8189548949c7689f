"""The model card's section on the uncertainty of the level names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.evaluation.datasets import DATASET_LABELS
from spine_core.results.markdown import format_estimate, markdown_table
from spine_core.training.model_card.rendering import render

Row = Mapping[str, Any]
"""A ``FlagRates`` or ``CountAgreement`` of ``level_count_eval``, as stored in the level counter's card."""

WEIGHTS_OF_LOGIT = {
    "localiser": "detector",
    "counter": "level counter",
    "lower": "one level lower",
    "higher": "one level higher",
}
"""Names of the logit's weights by field of ``anatomy.level_count.Logit``."""


def section(card: Row) -> str:
    """The section in Markdown, from the level counter's card."""
    logit, figures = card["logit"], card["figures"]
    evaluated = [card[name] for name in ("selection", "test") if name in card]
    rows = [figures["left_out"], *(row for one in evaluated for row in one["flagged"])]
    rows += [figures["cropped"], figures["own_errors"]]
    agreement = _agreement("1-4", figures["agreement"])
    if "test" in card:
        agreement += _agreement("0", card["test"]["agreement"])
    return render(
        "level_count",
        fit=", ".join(f"{label} {logit[name]:.2f}" for name, label in WEIGHTS_OF_LOGIT.items()),
        limit=str(logit["limit"]),
        flags=markdown_table(
            [
                "counts",
                "patients",
                "images",
                "wrong counts flagged",
                "95 %",
                "correct counts flagged",
                "95 %",
            ],
            [_flags(row) for row in rows],
        ),
        command=card["trained_by"],
        agreement=markdown_table(
            ["fold", "dataset", "patients", "images", "agreement with the labels", "log loss"], agreement
        ),
    )


def _flags(row: Row) -> list[str]:
    return [
        row["subject"], str(row["patients"]), str(row["images"]),
        f"{row['wrong_flagged']} of {row['wrong']}", f"{row['wrong_low']:.2f}-{row['wrong_high']:.2f}",
        f"{row['right_flagged']} of {row['right']}", f"{row['right_low']:.3f}-{row['right_high']:.3f}",
    ]  # fmt: skip


def _agreement(fold: str, rows: Sequence[Row]) -> list[list[str]]:
    return [
        [fold, DATASET_LABELS.get(row["source"], "both"), str(row["patients"]), str(row["images"]),
         format_estimate(row, "share"), f"{row['log_loss']:.2f}"]
        for row in rows
    ]  # fmt: skip
