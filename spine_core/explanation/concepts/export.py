"""An explanation by measurements as CSV and JSON."""

from __future__ import annotations

import csv
import io
from typing import Any

from spine_core import DISCLAIMER, __version__
from spine_core.explanation.concepts.explain import Answer, Contribution, MeasurementExplanation
from spine_core.explanation.concepts.words import sentence, step_words, why_not
from spine_core.explanation.export import case_columns, target_json
from spine_core.study.types import Study

COLUMNS = (
    "study_sha256", "synthetic", "level", "condition", "target", "step", "answer", "term", "value", "unit",
    "error_95", "percentile", "log_odds", "log_odds_error_95", "sentence", "agreement", "outlines_edited",
    "measurement_model_sha256", "disclaimer",
)  # fmt: skip
"""Columns of the CSV: a row per term of the log-odds, the last is their sum."""


def measurements_json(found: MeasurementExplanation, study: Study) -> dict[str, Any]:
    """The explanation as JSON values."""
    explained = found.answer is Answer.EXPLAINED
    return {
        "disclaimer": DISCLAIMER,
        "spinelens": __version__,
        "study": {"sha256": study.sha256, "synthetic": study.synthetic},
        "level": found.level,
        "target": target_json(found.target),
        "answer": found.answer.value,
        "reason": why_not(found),
        "step": None if found.step is None else {"at_least": found.step.grade, "sign": found.step.sign},
        "explains": step_words(found) if found.step is not None else "",
        "baseline": found.baseline,
        "level_log_odds": found.level_log_odds,
        "contributions": [_contribution(one, found) for one in found.contributions],
        "log_odds": found.log_odds if explained else None,
        "log_odds_error_95": found.margin if explained else None,
        "probability": found.probability if explained else None,
        "probability_range": list(found.probability_range) if explained else None,
        "probabilities": list(found.probabilities),
        "network_probability": found.network_probability,
        "agreement": found.agreement.value,
        "outlines_edited": found.edited,
        "measurement_model_sha256": found.model_sha256,
    }


def _contribution(one: Contribution, found: MeasurementExplanation) -> dict[str, Any]:
    return {
        "measurement": one.concept.name,
        "label": one.concept.label,
        "value": one.value,
        "unit": one.unit,
        "error_95": one.error,
        "percentile": one.percentile,
        "log_odds": one.log_odds,
        "log_odds_error_95": one.margin,
        "sign_is_open": one.says_nothing,
        "sentence": sentence(one, found),
    }


def measurements_csv(found: MeasurementExplanation, study: Study) -> str:
    """One row per term. Every row is complete, so that files of several findings can be joined."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    case = case_columns(study, found.level, found.target) | {
        "answer": found.answer.value,
        "step": step_words(found) if found.step is not None else "",
        "agreement": found.agreement.value,
        "outlines_edited": found.edited,
        "measurement_model_sha256": found.model_sha256,
    }
    if found.answer is not Answer.EXPLAINED:
        writer.writerow(case | {"sentence": why_not(found)})
        return out.getvalue()
    writer.writerow(case | {"term": "baseline", "log_odds": found.baseline})
    writer.writerow(case | {"term": "level", "log_odds": found.level_log_odds})
    for one in found.contributions:
        writer.writerow(case | _row(one, found))
    writer.writerow(case | {"term": "sum", "log_odds": found.log_odds, "log_odds_error_95": found.margin})
    return out.getvalue()


def _row(one: Contribution, found: MeasurementExplanation) -> dict[str, Any]:
    return {
        "term": one.concept.name, "value": one.value, "unit": one.unit, "error_95": one.error,
        "percentile": one.percentile, "log_odds": one.log_odds, "log_odds_error_95": one.margin,
        "sentence": sentence(one, found),
    }  # fmt: skip
