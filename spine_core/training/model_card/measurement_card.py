"""The model card's section on the measurement model, from its stored figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spine_core.evaluation.datasets import DATASET_LABELS
from spine_core.explanation.concepts.measured_values import BY_NAME as CONCEPT_OF
from spine_core.explanation.concepts.measured_values import CONCEPTS
from spine_core.explanation.concepts.measurement_model import STORED
from spine_core.networks.conditions import BY_NAME
from spine_core.results.markdown import format_estimate, markdown_table, task_label
from spine_core.training.model_card.rendering import render

Row = Mapping[str, Any]
FOLDS = {"test": "0", "selection": "1"}
TYPICAL = (16.0, 84.0)
"""Percentiles that a coefficient is given for: about two standard deviations apart."""
AT = "L4/L5"


def section(path: Path = STORED) -> str:
    """The section in Markdown; empty where there is no measurement model."""
    if not path.is_file():
        return ""
    stored = json.loads(path.read_text())
    model, figures = stored["model"], stored["figures"]
    return render(
        "measurements",
        command=stored["trained_by"],
        hash=stored["sha256"],
        fit=_fit(stored["chosen"], model["conditions"]),
        silent=_silent(model["conditions"]),
        grading=_grading([(FOLDS[name], row) for name in FOLDS for row in figures.get(name, {}).get("grading", [])]),
        coefficients=_coefficients(model),
        errors=_errors([("1", model["errors"])] + [("0", figures["test"]["errors"])] * ("test" in figures)),
    )  # fmt: skip


def _fit(chosen: Row, conditions: Row) -> str:
    return markdown_table(
        ["finding", "patients", "discs (positive)", "penalty", "gain in log loss by cross-validation",
         "slope on fold 1", "explains"],
        [
            [BY_NAME[name].label, str(one["patients"]), f"{one['discs']} ({one['positives']})", f"{one['penalty']:g}",
             format_estimate(one, "gain", "gain_low", "gain_high", sign="+"), f"{one['slope']:.2f}",
             "yes" if conditions[name]["informative"] else "no"]
            for name, one in chosen.items()
        ],
    )  # fmt: skip


def _silent(conditions: Row) -> str:
    """Says of which findings the measurements explain nothing."""
    names = [BY_NAME[name].label for name, one in conditions.items() if not one["informative"]]
    if not names:
        return ""
    return f"Not shown to be better than the level alone: {', '.join(names)}. There the page shows no explanation."


def _grading(rows: Sequence[tuple[str, Row]]) -> str:
    return markdown_table(
        ["fold", "dataset", "finding", "patients", "discs (positive)", "AUROC by measurements",
         "by the level", "gain", "by the ensemble", "kappa by measurements", "by the ensemble",
         "Brier by measurements", "by the level", "by the ensemble"],
        [
            [fold, DATASET_LABELS[row["source"]], task_label(row), str(row["patients"]),
             f"{row['discs']} ({row['positives']})", _estimate(row["auroc"]["model"]),
             f"{row['auroc']['level']['value']:.3f}", _estimate(row["gain"], sign="+"),
             f"{row['auroc']['ensemble']['value']:.3f}", _estimate(row["kappa"]["model"], 2),
             _estimate(row["kappa"]["ensemble"], 2), _estimate(row["brier"]["model"]),
             f"{row['brier']['level']['value']:.3f}", f"{row['brier']['ensemble']['value']:.3f}"]
            for fold, row in rows
        ],
    )  # fmt: skip


def _estimate(one: Row, digits: int = 3, sign: str = "") -> str:
    return format_estimate(one, "value", digits=digits, sign=sign)


def _coefficients(model: Row) -> str:
    return markdown_table(
        ["finding", *(one.label for one in CONCEPTS)],
        [[BY_NAME[name].label, *_terms(one["terms"], model["cohort"])] for name, one in model["conditions"].items()],
    )  # fmt: skip


def _terms(terms: Row, cohort: Row) -> Iterator[str]:
    for concept in CONCEPTS:
        quantiles = cohort[concept.name]["quantiles"][AT]
        last = len(quantiles) - 1
        ends = [quantiles[round(last * percentile / 100)] for percentile in TYPICAL]
        scaled = {
            key: terms[concept.name][key] * (ends[1] - ends[0]) for key in ("coefficient", "low", "high")
        }
        yield format_estimate(scaled, "coefficient", digits=2, sign="+")


def _errors(folds: Sequence[tuple[str, Row]]) -> str:
    return markdown_table(
        ["fold", "measurement", "patients", "discs on slices", "mean difference", "lower limit", "upper limit",
         "not measured on the segmenter's outlines"],
        [
            [fold, _label(name, one), str(one["patients"]), str(one["discs"]),
             format_estimate(one, "bias", "bias_low", "bias_high", _digits(one), "+"),
             format_estimate(one, "lower", "lower_low", "lower_high", _digits(one), "+"),
             format_estimate(one, "upper", "upper_low", "upper_high", _digits(one), "+"), str(one["missed"])]
            for fold, errors in folds for name, one in errors.items()
        ],
    )  # fmt: skip


def _label(name: str, error: Row) -> str:
    label = CONCEPT_OF[name].label if name in CONCEPT_OF else name.replace("_", " ").capitalize()
    return f"{label}, {error['unit']}" if error["unit"] else label


def _digits(error: Row) -> int:
    return 1 if error["unit"] == "%" else 2 if error["unit"] == "mm" else 3
