"""The model card's section on acceptance criteria: values, status, and earlier networks where not met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from spine_core.evaluation.datasets import DATASET_LABELS
from spine_core.networks.display_names import network_label
from spine_core.results.acceptance_criteria import Criterion, CriterionResult, CriterionStatus, check_criteria
from spine_core.results.markdown import (
    BASELINE_INPUTS,
    format_estimate,
    markdown_table,
    task_label,
)
from spine_core.results.test_log import LogEntry, auroc_history, metric_history, task_key

HEADINGS = ("criterion", "target", "value (95 % interval)", "status")
METRIC_NAMES = {
    "auroc": "AUROC",
    "kappa": "quadratic kappa",
    "dice": "Dice",
    "found": "discs detected at the correct level",
    "error": "calibration error",
    "coverage": "coverage of prediction sets",
}

AUROC_NOTE = (
    "The table below lists every AUROC criterion that is not met, with the AUROC on the same patients of each network "
    "alone, of their mean (the released ensemble), of the two logistic regressions, and of every grader that was ever "
    'evaluated on test patients. Graders are listed oldest first and named by the start of their hash. "T1 corrected" '
    "marks evaluations on Sudirman's corrected T1 boxes; all earlier ones used the original boxes. The section on the "
    "teachers gives their AUROC on more patients."
)

OTHER_METRICS_NOTE = (
    "The table below lists every other criterion that is not met, with the values of all networks that were evaluated "
    "on these patients, oldest first, named by the start of their hash. Dice is a metric of the segmenter (of the "
    "detector before there was a segmenter), the detection rate of the detector, and all others of the graders. The "
    "first evaluations stored AUROC only."
)
OTHER_HEADINGS = ("criterion", "target", "evaluated networks, oldest first")


def section(figures: Mapping[str, Any], entries: Sequence[LogEntry]) -> list[str]:
    """The section in Markdown. ``figures``: of a fold, as stored. ``entries``: the whole test log."""
    results = check_criteria(figures)
    parts = [f"## Acceptance criteria\n{summary(results)}", markdown_table(HEADINGS, criteria_rows(results))]
    auroc, others = unmet_auroc(results), unmet_other(results)
    if auroc:
        parts += [AUROC_NOTE, markdown_table(auroc_headings(auroc), auroc_rows(auroc, entries))]
    if others:
        parts += [OTHER_METRICS_NOTE, markdown_table(OTHER_HEADINGS, other_rows(others, entries))]
    return parts


def summary(results: Sequence[CriterionResult]) -> str:
    """How many criteria are met, and how to read the table."""
    counts = Counter(one.status for one in results)
    counted = "; ".join(f"{counts[status]} {status}" for status in CriterionStatus if counts[status])
    return (
        f'Of {len(results)} criteria: {counted}. "Within the interval" means that the value does not meet the '
        "criterion, but its 95 % bootstrap interval over patients includes the target. Calibration and prediction sets "
        "are evaluated on the real patients of both datasets and weightings together. The limit of the calibration "
        "error applies to all findings together and, more strictly, to each finding."
    )


def criteria_rows(results: Sequence[CriterionResult]) -> list[list[str]]:
    """Cells of the table of criteria; as many as ``HEADINGS``."""
    return [
        [criterion_label(one.criterion), _range_text(one.criterion),
         "" if one.row is None else format_estimate(one.row, one.criterion.metric, *one.criterion.interval_fields),
         f"{one.status}{_explanation(one)}"]
        for one in results
    ]  # fmt: skip


def _explanation(one: CriterionResult) -> str:
    """Why a coverage cannot be lower: a set that is never empty covers at least what its most likely grade covers."""
    if (
        one.criterion.metric != "coverage"
        or one.row is None
        or one.row["top1_accuracy"] <= one.criterion.maximum
    ):
        return ""
    return f"; the most likely grade alone covers {one.row['top1_accuracy']:.3f}, and no set is empty"


def unmet_auroc(results: Sequence[CriterionResult]) -> list[CriterionResult]:
    """AUROC criteria that are not met."""
    return [one for one in _unmet(results) if one.criterion.metric == "auroc"]


def unmet_other(results: Sequence[CriterionResult]) -> list[CriterionResult]:
    """All other criteria that are not met."""
    return [one for one in _unmet(results) if one.criterion.metric != "auroc"]


def _unmet(results: Sequence[CriterionResult]) -> list[CriterionResult]:
    return [
        one for one in results if one.status in (CriterionStatus.WITHIN_INTERVAL, CriterionStatus.NOT_MET)
    ]


def auroc_headings(results: Sequence[CriterionResult]) -> list[str]:
    """Headings of the table of ``unmet_auroc``."""
    row = results[0].row or {}
    return [
        "criterion", "target", *(f"{network_label(member)} alone" for member in row["members"]), "ensemble",
        *(f"regression on {BASELINE_INPUTS[kind]}" for kind in row["baselines"]), "evaluated graders, oldest first",
    ]  # fmt: skip


def auroc_rows(results: Sequence[CriterionResult], entries: Sequence[LogEntry]) -> list[list[str]]:
    """Cells of that table."""
    return [
        [criterion_label(one.criterion), _range_text(one.criterion),
         *(f"{value:.3f}" for value in one.row["members"].values()), f"{one.row['auroc']:.3f}",
         *(f"{value:.3f}" for value in one.row["baselines"].values()),
         _history_text(auroc_history(task_key(one.row), entries))]
        for one in results
        if one.row is not None
    ]  # fmt: skip


def other_rows(results: Sequence[CriterionResult], entries: Sequence[LogEntry]) -> list[list[str]]:
    """Cells of the table of ``unmet_other``; as many as ``OTHER_HEADINGS``."""
    return [
        [
            criterion_label(one.criterion),
            _range_text(one.criterion),
            _history_text(metric_history(one.criterion, entries)),
        ]
        for one in results
    ]


def criterion_label(criterion: Criterion) -> str:
    """Dataset, weighting, finding or structure, and metric."""
    selector = criterion.selector
    parts = [DATASET_LABELS[selector["source"]], selector["sequence"].upper()] if "source" in selector else []
    if "condition" in selector:
        parts.append(task_label(selector))
    if "structure" in selector:
        parts.append(f"Segmentation of the {selector['structure']} on T2 SPACE")
    return f"{', '.join(parts) or 'All findings together'}: {METRIC_NAMES[criterion.metric]}"


def _range_text(criterion: Criterion) -> str:
    if criterion.minimum == 0.0:
        return f"at most {criterion.maximum:.2f}"
    if criterion.maximum == 1.0:
        return f"at least {criterion.minimum:.2f}"
    return f"{criterion.minimum:.2f} to {criterion.maximum:.2f}"


def _history_text(values: Mapping[str, float]) -> str:
    return ", ".join(f"{network} {value:.3f}" for network, value in values.items())
