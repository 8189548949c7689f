"""The model card's section on the teachers: their metrics on patients they were not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.evaluation.datasets import DATASET_LABELS
from spine_core.networks.display_names import network_label
from spine_core.results.markdown import format_estimate, markdown_table, task_label

Row = Mapping[str, Any]
"""A ``training.distillation.soft_targets.TeacherMetrics``, as stored in the card."""

ABOUT = (
    "The released networks were trained on the labels and on the soft targets of teacher networks (knowledge "
    "distillation). Each teacher was trained without one fifth of the training patients and predicted that fifth only, "
    "so all figures in this section are out-of-fold. The teachers see T2 and T1 together; discs are placed at the "
    "marks where there are marks. The figures show what such networks can learn from these labels, on many more discs "
    "than the test set has. A label counts as suspect if the teachers, which did not see it, confidently predict the "
    "other class (confident learning, Northcutt 2021, arXiv 1911.00068). The fraction of suspect labels is an upper "
    "estimate of the label noise, because teachers err too. Intervals are 95 % bootstrap intervals over patients."
)


def section(teachers: Mapping[str, Any] | None) -> list[str]:
    """The section in Markdown; empty if no teacher predictions are stored."""
    if teachers is None:
        return []
    source = (
        f"These figures need training, which `evaluate` does not repeat: `{teachers['command']}`. The predictions of "
        "each teacher are stored in `assets/soft_targets/teachers.csv.gz`."
    )
    rows = teachers["rows"]
    return [f"## Teachers\n{ABOUT} {source}", markdown_table(headings(rows), table_rows(rows))]


def headings(rows: Sequence[Row]) -> list[str]:
    """Headings of the table."""
    task = ["dataset and finding", "patients", "discs (positive)"]
    mean = ["AUROC of the mean (95 % interval)", "quadratic kappa", "fraction of suspect labels"]
    return [*task, *mean, *(network_label(f"grader-{backbone}") for backbone in rows[0]["by_backbone"])]


def table_rows(rows: Sequence[Row]) -> list[list[str]]:
    """Cells of the table; as many as ``headings``."""
    return [
        [f"{DATASET_LABELS[row['source']]}, {task_label(row)}", str(row["patients"]),
         f"{row['discs']} ({row['positives']})",
         format_estimate(row, "auroc"), "" if row["kappa"] is None else format_estimate(row["kappa"], "value"),
         format_estimate(row["label_noise"], "value"),
         *(f"{value:.3f}" for value in row["by_backbone"].values())]
        for row in rows
    ]  # fmt: skip
