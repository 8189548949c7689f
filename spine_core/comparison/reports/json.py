"""A comparison as JSON values: every result, with what is needed to reproduce it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from spine_core import DISCLAIMER, __version__
from spine_core.comparison.cross_model import CrossModelAgreement
from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.explanation.export import channels_json, explanation_json, target_json


def comparison_json(report: ComparisonReport) -> dict[str, Any]:
    """A comparison without its maps, as JSON values. It names neither patient nor files."""
    found, target = report.comparison, report.comparison.target
    return {
        "disclaimer": DISCLAIMER,
        "spinelens": __version__,
        "study": {"sha256": report.study.sha256, "synthetic": report.study.synthetic},
        "network": asdict(found.model),
        "level": found.level,
        "target": target_json(target),
        "channels": channels_json(report.image),
        "target_score": found.target_score,
        "baseline_score": found.baseline_score,
        "probabilities": dict(found.probabilities),
        "summary": found.summary,
        "verdicts": [asdict(one) | {"outcome": one.outcome.value} for one in found.verdicts],
        "finding_region": None if found.finding_region is None else asdict(found.finding_region),
        "outside_fraction": found.outside_fraction,
        "explanations": [explanation_json(one) for one in report.explanations],
        "results": [one.to_dict() for one in report.results],
        "predictions": None if report.robustness is None else _predictions(report.robustness),
        "cross_model": None if report.cross_model is None else _cross_model(report.cross_model),
        "settings": dict(found.settings),
        "seed": found.seed,
        "seconds": found.seconds,
        "notes": list(found.notes),
    }


def _predictions(found: Robustness) -> dict[str, Any]:
    """The prediction under every change of the image, and whether the map changed where the grade did not."""
    return {
        "unchanged": asdict(found.prediction),
        "changed": [asdict(one) | {"kind": one.kind.value} for one in found.prediction_shifts],
        "same_grade_different_map": [
            {"method": one.method, "kind": one.kind.value} for one in found.attribution_shifts if one.flagged
        ],
        "seed": found.seed,
    }


def _cross_model(found: CrossModelAgreement) -> dict[str, Any]:
    return {
        "networks": [asdict(one) | {"probability": found.probability(one)} for one in found.networks],
        "ensemble": found.ensemble,
        "methods": [
            {
                "method": one.method,
                "sentence": one.sentence,
                "explanations": [explanation_json(each) for each in one.explanations],
            }
            for one in found.methods
        ],
        "results": [one.to_dict() for one in found.results],
        "settings": dict(found.settings),
        "seed": found.seed,
        "seconds": found.seconds,
    }
