"""The model card's section on the ablations that need retraining."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.evaluation.datasets import DATASET_LABELS
from spine_core.evaluation.splits import TEST_FOLD
from spine_core.networks.conditions import BY_NAME
from spine_core.results.experiments import EXPERIMENTS, Arm, Experiment, Initialisation
from spine_core.results.markdown import format_estimate, markdown_table, task_label
from spine_core.training.ablations.settings import settings_of

Row = Mapping[str, Any]
"""An ``ExperimentResult`` or ``TaskComparison`` of ``ablations.metrics``, as stored in the card."""

ABOUT = """\
These figures need training, which `evaluate` does not repeat. They are computed from the predictions stored in \
`assets/experiments`; the command of each experiment is given below. All networks of one experiment share one training \
plan. Phantoms are not used unless stated. Batch-norm statistics are recomputed after training. The product's own \
detector places the discs of held-out patients, and each disc is evaluated on one weighting at a time. Logits are \
calibrated on the selection patients. Intervals are 95 % bootstrap intervals over patients; differences use the same \
resamples for both networks (paired). Each network was trained with one seed, so the intervals do not include the \
variation between seeds."""


def section(results: Sequence[Row]) -> list[str]:
    """The section in Markdown; empty if there are no results."""
    if not results:
        return []
    parts = [f"## Ablations with retraining\n{ABOUT}"]
    for result in results:
        experiment = EXPERIMENTS[result["name"]]
        parts.append(f"### {experiment.title}\n{_plan(experiment)} Repeat with `{result['command']}`.")
        parts.append(_aurocs(experiment, result["rows"]))
        parts += _kappas(experiment, [row for row in result["rows"] if row["kappas"]])
    return parts


def _plan(experiment: Experiment) -> str:
    """How the networks of an experiment were trained, and its note."""
    settings = settings_of(experiment.name)
    trained = [arm for arm in experiment.arms if arm.initialisation is not Initialisation.RELEASED]
    backbones = {backbone: None for arm in trained for backbone in arm.backbones}
    return (
        f"{', '.join(backbones)} on {settings.size}x{settings.size} crops for {settings.plan.epochs} epochs."
        f"{' ' + experiment.note if experiment.note else ''}"
    )


def _aurocs(experiment: Experiment, rows: Sequence[Row]) -> str:
    headings = [
        "patients",
        "dataset",
        "weighting",
        "finding",
        "discs (positive)",
        *_headings(experiment, "AUROC"),
    ]
    lines = [
        [
            *_group_cells(row),
            task_label(row),
            f"{row['discs']} ({row['positives']})",
            *_cells(experiment, row["aurocs"]),
        ]
        for row in rows
    ]
    return markdown_table(headings, lines)


def _kappas(experiment: Experiment, rows: Sequence[Row]) -> list[str]:
    """The table of kappas; empty if there are no ordinal grades."""
    if not rows:
        return []
    headings = [
        "patients",
        "dataset",
        "weighting",
        "finding",
        "discs",
        *_headings(experiment, "quadratic kappa"),
    ]
    lines = [
        [
            *_group_cells(row),
            BY_NAME[row["condition"]].label,
            str(row["discs"]),
            *_cells(experiment, row["kappas"]),
        ]
        for row in rows
    ]
    note = (
        "Agreement of the most likely grades with the labels. Values on the selection patients are optimistic, because "
        "the calibration was fitted on them."
    )
    return [note, markdown_table(headings, lines)]


def _others(experiment: Experiment) -> list[Arm]:
    return [arm for arm in experiment.arms if arm.name != experiment.reference]


def _headings(experiment: Experiment, metric: str) -> list[str]:
    (reference,) = [arm for arm in experiment.arms if arm.name == experiment.reference]
    return [
        *(f"{metric}: {arm.label}" for arm in experiment.arms),
        *(f"difference: {arm.label} minus {reference.label}" for arm in _others(experiment)),
    ]


def _cells(experiment: Experiment, comparison: Row) -> list[str]:
    """The metric of every arm, then the differences from the reference."""
    return [
        *(_cell(comparison["values"].get(arm.name)) for arm in experiment.arms),
        *(_cell(comparison["differences"].get(arm.name), "+") for arm in _others(experiment)),
    ]


def _group_cells(row: Row) -> list[str]:
    """Patients, dataset and weighting of a row."""
    fold = "test" if row["fold"] == TEST_FOLD else "selection"
    return [f"{row['patients']}, {fold}", DATASET_LABELS[row["source"]], row["sequence"].upper()]


def _cell(estimate: Row | None, sign: str = "") -> str:
    return "not trained on it" if estimate is None else format_estimate(estimate, "value", sign=sign)
