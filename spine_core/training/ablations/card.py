"""The model card's section on what was tried by training again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.evaluation.splits import TEST_FOLD
from spine_core.networks.conditions import BY_NAME
from spine_core.results.experiments import EXPERIMENTS, Arm, Experiment, Start
from spine_core.results.markdown import SETS, question, span, table
from spine_core.training.ablations.settings import setting_of

Row = Mapping[str, Any]
"""An ``Outcome`` or ``Tried`` of ``experiments.figures``, as stored in the card."""


def section(outcomes: Sequence[Row]) -> list[str]:
    """Its parts in Markdown; none where nothing was tried."""
    if not outcomes:
        return []
    parts = [
        "## What was tried with retraining\nThese figures need training, which `evaluate` does not repeat: it works "
        "them out from predictions kept in `assets/experiments`, made by the command that stands there. The networks "
        "of one experiment are trained by the same plan, without phantoms where nothing else is said; means and "
        "variances of the normalisations are taken anew at the end. Discs of held-out patients are placed by the "
        "product's own localiser and seen on one weighting; answers are calibrated on the selection patients. "
        "Intervals are 95 % bootstrap intervals over patients, and a difference draws the same patients for both "
        "networks. There is one seed of each network: what another seed would change is not in the intervals."
    ]
    for outcome in outcomes:
        experiment = EXPERIMENTS[outcome["name"]]
        parts.append(f"### {experiment.title}\n{_plan(experiment)} Needs retraining: `{outcome['command']}`.")
        parts.append(_areas(experiment, outcome["rows"]))
        parts += _kappas(experiment, [row for row in outcome["rows"] if row["kappas"]])
    return parts


def _plan(experiment: Experiment) -> str:
    """How its networks were trained."""
    setting = setting_of(experiment.name)
    trained = [arm for arm in experiment.arms if arm.start is not Start.SHIPPED]
    backbones = {backbone: None for arm in trained for backbone in arm.backbones}
    return (
        f"{', '.join(backbones)} on {setting.size}x{setting.size} crops for {setting.plan.epochs} epochs."
        f"{' ' + experiment.about if experiment.about else ''}"
    )


def _areas(experiment: Experiment, rows: Sequence[Row]) -> str:
    heads = ["patients", "set", "weighting", "finding", "discs (positive)", *_heads(experiment, "AUROC")]
    lines = [
        [
            *_asked(row),
            question(row),
            f"{row['discs']} ({row['positives']})",
            *_cells(experiment, row["aurocs"]),
        ]
        for row in rows
    ]
    return table(heads, lines)


def _kappas(experiment: Experiment, rows: Sequence[Row]) -> list[str]:
    """Their table; none where nothing with ordered grades was asked."""
    if not rows:
        return []
    heads = ["patients", "set", "weighting", "finding", "discs", *_heads(experiment, "quadratic kappa")]
    lines = [
        [*_asked(row), BY_NAME[row["condition"]].label, str(row["discs"]), *_cells(experiment, row["kappas"])]
        for row in rows
    ]
    told = "How well the likeliest grades agree with the labels; calibration flatters the selection patients:"
    return [told, table(heads, lines)]


def _others(experiment: Experiment) -> list[Arm]:
    return [arm for arm in experiment.arms if arm.name != experiment.reference]


def _heads(experiment: Experiment, figure: str) -> list[str]:
    (reference,) = [arm for arm in experiment.arms if arm.name == experiment.reference]
    return [
        *(f"{figure}: {arm.label}" for arm in experiment.arms),
        *(f"{arm.label} less {reference.label}" for arm in _others(experiment)),
    ]


def _cells(experiment: Experiment, compared: Row) -> list[str]:
    """Every network's figure, then what the others have more than the reference."""
    return [
        *(_cell(compared["values"].get(arm.name)) for arm in experiment.arms),
        *(_cell(compared["gains"].get(arm.name), "+") for arm in _others(experiment)),
    ]


def _asked(row: Row) -> list[str]:
    """Whose discs a row is about, and on which weighting."""
    fold = "test" if row["fold"] == TEST_FOLD else "selection"
    return [f"{row['patients']}, {fold}", SETS[row["source"]], row["sequence"].upper()]


def _cell(estimate: Row | None, sign: str = "") -> str:
    return "not taught" if estimate is None else span(estimate, "value", sign=sign)
