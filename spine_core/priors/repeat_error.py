"""How much grades and measurements differ between two images of a spine that did not change.

For measurements it is the repeatability coefficient, 1.96 * sqrt(2) * within-subject SD (Bland and Altman 1986): 95 %
of repeated measurements differ by less, if the differences are normal. Differences of probabilities are not, so for
grades it is their 95th percentile. Figures are stored by ``measure``, one per dataset; the largest one counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.assets import ASSETS
from spine_core.grading.types import Reading
from spine_core.networks.conditions import Condition, Scale

STORED = ASSETS / "priors" / "repeat-error.json"
PERCENTILE = 95.0
FEWEST = 10
"""Least number of discs for a figure: the percentile of fewer is their maximum."""


@dataclass(frozen=True)
class RepeatFigure:
    """The repeat error of one quantity in one dataset. ``low``, ``high``: 95 % interval (bootstrap of patients).

    ``discs``: disc pairs that it was measured on; ``patients``: their patients.
    """

    dataset: str
    value: float
    low: float
    high: float
    discs: int
    patients: int


@dataclass(frozen=True)
class Measured:
    """A dataset of pairs that did not change. ``about``: what the pairs are. ``left_out``: pairs that did not match.

    ``reported``: changes that the rules reported in it although nothing changed, of ``compared`` comparisons.
    ``residual_mm``: RMS distance of the same discs after registration: median and largest of the pairs; None where
    the images have no positions.
    """

    name: str
    about: str
    patients: int
    pairs: int
    discs: int
    left_out: int = 0
    reported: int = 0
    compared: int = 0
    residual_mm: tuple[float, float] | None = None


@dataclass(frozen=True)
class RepeatErrors:
    """Stored repeat errors. ``networks``: SHA-256 by part ("grader", "detector", "segmenter").

    ``grades``: by condition, in differences of ``grade_difference``. ``measurements``: by name, lengths in mm.
    """

    command: str
    networks: Mapping[str, str]
    datasets: tuple[Measured, ...]
    grades: Mapping[str, tuple[RepeatFigure, ...]]
    measurements: Mapping[str, tuple[RepeatFigure, ...]]

    def of_grade(self, condition: str) -> RepeatFigure | None:
        """The largest figure of a condition; None where it was not measured."""
        return max(self.grades.get(condition, ()), key=lambda one: one.value, default=None)

    def of_measurement(self, name: str) -> RepeatFigure | None:
        """The largest figure of a measurement; None where it was not measured."""
        return max(self.measurements.get(name, ()), key=lambda one: one.value, default=None)

    def apply_to(self, *readings: Reading) -> bool:
        """Whether all ``readings`` are by the networks that were measured."""
        return all(networks_of(one) == dict(self.networks) for one in readings)


def networks_of(reading: Reading) -> dict[str, str]:
    """SHA-256 of the networks of a reading, by part."""
    parts = {"grader": reading.model, "detector": reading.detector, "segmenter": reading.segmenter}
    return {name: one.sha256 for name, one in parts.items() if one is not None}


def grade_difference(condition: Condition, current: Mapping[str, float], prior: Mapping[str, float]) -> float:
    """Difference of two sets of probabilities by grade, current minus prior.

    Ordinal and binary: of the expected grade, in grades (for binary, of the probability). Categorical: the total
    variation distance, 0 to 1, which has no sign.
    """
    p = np.array([current[grade] for grade in condition.grades])
    q = np.array([prior[grade] for grade in condition.grades])
    if condition.scale is Scale.CATEGORICAL:
        return float(np.abs(p - q).sum() / 2)
    return float((p - q) @ np.arange(len(p)))


def percentile_of(differences: npt.NDArray[np.float64]) -> float:
    """95th percentile of the absolute ``differences`` of unchanged pairs."""
    return float(np.percentile(np.abs(differences), PERCENTILE))


def repeatability_coefficient(differences: npt.NDArray[np.float64]) -> float:
    """1.96 * sqrt(2) * within-subject SD, from ``differences`` of pairs: the SD's square is the mean of d^2 / 2."""
    within = np.sqrt(np.mean(np.square(differences)) / 2)
    return float(1.96 * np.sqrt(2) * within)


def save(errors: RepeatErrors, path: Path) -> None:
    """Writes the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(errors), indent=1) + "\n")


@lru_cache(maxsize=2)
def load(path: Path = STORED) -> RepeatErrors | None:
    """The stored figures; None where there are none."""
    if not path.is_file():
        return None
    stored = json.loads(path.read_text())

    def figures(group: Mapping[str, Any]) -> dict[str, tuple[RepeatFigure, ...]]:
        return {name: tuple(RepeatFigure(**one) for one in some) for name, some in group.items()}

    datasets = tuple(
        Measured(**(one | {"residual_mm": one["residual_mm"] and tuple(one["residual_mm"])}))
        for one in stored["datasets"]
    )
    return RepeatErrors(
        stored["command"],
        stored["networks"],
        datasets,
        figures(stored["grades"]),
        figures(stored["measurements"]),
    )
