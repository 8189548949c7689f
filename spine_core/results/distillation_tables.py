"""The model card's section on the teachers: what they are worth on patients whom they do not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.networks.display_names import network_label
from spine_core.results.markdown import SETS, question, span, table

Row = Mapping[str, Any]
"""A ``training.lessons.Worth``, as stored in the card."""

TOLD = (
    "The shipped networks learned from the labels and from what other networks said of the same discs. Each teacher "
    "was trained without one fifth of the training patients and answered about that fifth alone. So these are figures "
    "of patients whom no teacher knew, seen on T2 and T1 together, their discs placed by the marks where there are "
    "marks: what can be learned of these labels in this way, on many more discs than the test has. A label looks wrong "
    "where the teachers together, who did not know it, are sure of the other answer (confident learning, Northcutt "
    "2021, arXiv 1911.00068; discs of which they are not sure are taken to be like the others): an estimate of the "
    "noise in the labels from above, since teachers err too. Intervals are 95 % bootstrap intervals over patients."
)


def section(told: Mapping[str, Any] | None) -> list[str]:
    """Its parts in Markdown; none where no teacher's answers are kept."""
    if told is None:
        return []
    made = (
        f"Needs training, which `evaluate` does not repeat: `{told['command']}`. What each teacher said is kept in "
        "`assets/lessons/teachers.csv.gz`."
    )
    return [f"## The teachers\n{TOLD} {made}", table(heads(told["rows"]), lines(told["rows"]))]


def heads(rows: Sequence[Row]) -> list[str]:
    """Headings of the table."""
    asked = ["set and finding", "patients", "discs (positive)"]
    together = ["AUROC of all together (95 %)", "quadratic kappa", "share of labels that look wrong"]
    return [*asked, *together, *(network_label(f"grader-{backbone}") for backbone in rows[0]["alone"])]


def lines(rows: Sequence[Row]) -> list[list[str]]:
    """Cells of the table; as many as ``heads``."""
    return [
        [f"{SETS[row['source']]}, {question(row)}", str(row["patients"]), f"{row['discs']} ({row['positives']})",
         span(row, "auroc"), "" if row["kappa"] is None else span(row["kappa"], "value"),
         span(row["wrong"], "value"),
         *(f"{value:.3f}" for value in row["alone"].values())]
        for row in rows
    ]  # fmt: skip
