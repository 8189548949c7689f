"""Scores by slice and weighting as CSV and JSON."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any

from spine_core import DISCLAIMER, __version__
from spine_core.explanation.export import case_columns, target_json
from spine_core.explanation.inputs.deletion import DeletionTest
from spine_core.explanation.inputs.types import InputExplanation
from spine_core.explanation.inputs.words import slice_name
from spine_core.study.types import Study

COLUMNS = (
    "study_sha256", "synthetic", "level", "condition", "target", "network", "network_version", "network_sha256",
    "kind", "input", "step", "offset_mm", "side", "log_odds", "alone", "blurred", "contribution",
    "deletion_area", "random_area", "orders_as_good", "support", "disclaimer",
)  # fmt: skip
"""Columns of the CSV: a row per slice and per weighting. ``log_odds``: on this slice, or without this weighting."""


def inputs_json(found: InputExplanation, study: Study) -> dict[str, Any]:
    """The explanation as JSON values."""
    return {
        "disclaimer": DISCLAIMER,
        "spinelens": __version__,
        "study": {"sha256": study.sha256, "synthetic": study.synthetic},
        "level": found.level,
        "target": target_json(found.target),
        "network": asdict(found.model),
        "backend": found.backend,
        "model_evaluations": found.model_evaluations,
        "seconds": round(found.seconds, 3),
        "log_odds": found.log_odds,
        "without_any_image": found.empty,
        "slices": [asdict(one) for one in found.slices],
        "slice_deletion": _deletion(found.slice_test),
        "weightings": [asdict(one) for one in found.weightings],
        "weighting_deletion": _deletion(found.weighting_test),
    }


def _deletion(test: DeletionTest) -> dict[str, Any]:
    return asdict(test) | {"support": test.support.value}


def inputs_csv(found: InputExplanation, study: Study) -> str:
    """One row per slice and per weighting. Every row is complete, so that files of several findings can be joined."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    case = case_columns(study, found.level, found.target) | {
        "network": found.model.name,
        "network_version": found.model.version,
        "network_sha256": found.model.sha256,
    }
    for one in found.slices:
        writer.writerow(
            case | _test(found.slice_test) | {
                "kind": "slice", "input": slice_name(one), "step": one.step, "offset_mm": one.offset_mm,
                "side": "" if one.side is None else one.side.value, "log_odds": one.log_odds,
            }
        )  # fmt: skip
    for weighting in found.weightings:
        writer.writerow(
            case | _test(found.weighting_test) | {
                "kind": "weighting", "input": weighting.weighting, "log_odds": weighting.without,
                "alone": weighting.alone, "blurred": weighting.blurred, "contribution": weighting.contribution,
            }
        )  # fmt: skip
    return out.getvalue()


def _test(test: DeletionTest) -> dict[str, Any]:
    return {
        "deletion_area": test.area, "random_area": test.random_area, "orders_as_good": test.as_good,
        "support": test.support.value,
    }  # fmt: skip
