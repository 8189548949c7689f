"""A comparison as CSV: one row per result, each row is complete, so that files of several cases can be concatenated."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from spine_core.comparison.metrics.base import MetricResult
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.explanation.export import case_columns

COLUMNS = (
    "study_sha256",
    "synthetic",
    "level",
    "condition",
    "grade",
    "target",
    "slices",
    "network",
    "network_version",
    "network_sha256",
    "probability",
    "probabilities",
    "method",
    "other",
    "control",
    "draw",
    "settings",
    "seed",
    "metric",
    "property",
    "direction",
    "variant",
    "value",
    "chance",
    "disclaimer",
)
"""Columns of the file. ``slices``, ``probabilities`` (by grade) and ``settings`` (of the method) are JSON."""


def comparison_csv(report: ComparisonReport) -> str:
    """The CSV text. Rows between networks name both in ``variant``; their columns of one network are empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    case = _case(report)
    settings = {one.method: one for one in report.explanations}
    network = _network(report)
    for one in report.results:
        own = settings.get(one.method) if not one.is_control else None
        method = {"settings": "" if own is None else json.dumps(dict(own.settings))}
        method["seed"] = str(report.comparison.seed if own is None else own.seed)
        writer.writerow(case | network | method | _result(one))
    if report.cross_model is not None:
        for one in report.cross_model.results:
            writer.writerow(case | {"seed": report.cross_model.seed} | _result(one))
    return out.getvalue()


def _case(report: ComparisonReport) -> dict[str, Any]:
    found, target = report.comparison, report.comparison.target
    slices = {
        one.weighting: {"series_uid": one.series_uid, "slice_index": one.slice_index}
        for one in report.image.channels
        if one is not None
    }
    return case_columns(report.study, found.level, target) | {
        "grade": target.grade,
        "slices": json.dumps(slices),
    }


def _network(report: ComparisonReport) -> dict[str, Any]:
    found = report.comparison
    return {
        "network": found.model.name,
        "network_version": found.model.version,
        "network_sha256": found.model.sha256,
        "probability": _number(found.probabilities.get(found.target.grade)),
        "probabilities": json.dumps({grade: round(p, 6) for grade, p in found.probabilities.items()}),
    }


def _result(one: MetricResult) -> dict[str, Any]:
    return {
        "method": one.method,
        "other": one.other,
        "control": int(one.is_control),
        "draw": one.draw,
        "metric": one.metric.name,
        "property": one.metric.kind.value,
        "direction": one.metric.direction.value,
        "variant": one.variant,
        "value": _number(one.value),
        "chance": _number(one.chance),
    }


def _number(value: float | None) -> str:
    return "" if value is None else f"{float(value):.6g}"
