"""Stored figures of the measurement model, for the page that shows its explanations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from spine_core.explanation.concepts.measurement_model import STORED

FOLDS = {"test": "test patients", "selection": "calibration patients"}


@dataclass(frozen=True)
class MeasurementFigures:
    """AUROC on held-out patients of one dataset and weighting, by measurements, by the level alone, by the ensemble.

    ``low``, ``high``: 95 % interval over patients, of the measurements. ``patients_of``: which patients, in words.
    """

    source: str
    sequence: str
    at_least: str
    patients_of: str
    patients: int
    discs: int
    auroc: float
    low: float
    high: float
    level: float
    ensemble: float


@lru_cache(maxsize=2)
def _stored(path: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(path.read_text())["figures"] if path.is_file() else {}
    return figures


def measurement_figures(condition: str, path: Path = STORED) -> tuple[MeasurementFigures, ...]:
    """Of the test patients where there are any, else of the calibration patients; empty where there are none."""
    fold = next((name for name in FOLDS if name in _stored(path)), None)
    if fold is None:
        return ()
    return tuple(
        _figures(row, FOLDS[fold]) for row in _stored(path)[fold]["grading"] if row["condition"] == condition
    )


def _figures(row: Mapping[str, Any], patients_of: str) -> MeasurementFigures:
    own = row["auroc"]
    return MeasurementFigures(
        source=row["source"],
        sequence=row["sequence"],
        at_least=row["at_least"],
        patients_of=patients_of,
        patients=row["patients"],
        discs=row["discs"],
        auroc=own["model"]["value"],
        low=own["model"]["low"],
        high=own["model"]["high"],
        level=own["level"]["value"],
        ensemble=own["ensemble"]["value"],
    )
