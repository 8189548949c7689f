"""The model card's section on the count of levels: how many wrong ones are flagged, and how many right ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.results.markdown import SETS, span, table

Row = Mapping[str, Any]
"""A ``training.evaluation.level_count_eval.Flagged`` or ``Agreed``, as stored in the card of the second opinion."""

TOLD = (
    "The localiser names the discs; nearly all its errors are whole spines that are off by one. A small network, which "
    "sees the spine upright with the sacrum in view, gives a second opinion. A conditional logit of both, fitted on "
    "fold 1 ({fit}), gives the probabilities that names are right and that every disc is one level higher or lower. "
    "A count whose probability of being wrong is {limit} or more is called uncertain. The names stay the localiser's. "
    "The goal was to flag two of three wrong counts without more false flags than before; it is missed. What is not "
    "flagged are spines that both networks firmly count one lower than the labels, mostly on T1 and T2 alike; labels "
    "count from the lowest marked disc, and one mid-sagittal image cannot tell a transitional vertebra from a label "
    "that is off. Intervals of the first table are 95 % Wilson intervals over pictures; its rows of fold 1 were fitted "
    "on fold 1 but for the first."
)
ALONE = (
    "The second opinion alone, on patients whom it never saw: folds 1 to 4 by networks that each left one of them out "
    "(`{command}`), fold 0 by the shipped one. How often its likeliest count is that of the labels (95 % bootstrap "
    "intervals over patients):"
)


def section(card: Mapping[str, Any]) -> list[str]:
    """Its parts in Markdown, from the card of the second opinion."""
    logit, figures = card["logit"], card["figures"]
    seen = [card[name] for name in ("selection", "test") if name in card]
    rows = [figures["left_out"], *(row for one in seen for row in one["flagged"])]
    rows += [figures["cut"], figures["own_errors"]]
    fit = ", ".join(f"{name} {logit[name]:.2f}" for name in ("localiser", "counter", "lower", "higher"))
    command = "Repeat with `python -m spine_core evaluate-levels --data DIR [--test]`."
    return [
        f"## How sure the level count is\n{TOLD.format(fit=fit, limit=logit['limit'])} {command}",
        table(
            [
                "counts of",
                "patients",
                "pictures",
                "wrong counts flagged",
                "95 %",
                "right counts flagged",
                "95 %",
            ],
            [_flagged(row) for row in rows],
        ),
        ALONE.format(command=card["trained_by"]),
        table(
            ["fold", "set", "patients", "pictures", "counted as the labels do", "log loss"],
            [
                *_agreed("1-4", figures["agreed"]),
                *(_agreed("0", card["test"]["agreed"]) if "test" in card else []),
            ],
        ),
    ]


def _flagged(row: Row) -> list[str]:
    return [
        row["what"], str(row["patients"]), str(row["pictures"]),
        f"{row['wrong_flagged']} of {row['wrong']}", f"{row['wrong_low']:.2f}-{row['wrong_high']:.2f}",
        f"{row['right_flagged']} of {row['right']}", f"{row['right_low']:.3f}-{row['right_high']:.3f}",
    ]  # fmt: skip


def _agreed(fold: str, rows: Sequence[Row]) -> list[list[str]]:
    return [
        [fold, SETS.get(row["source"], "together"), str(row["patients"]), str(row["pictures"]), span(row, "share"),
         f"{row['log_loss']:.2f}"]
        for row in rows
    ]  # fmt: skip
