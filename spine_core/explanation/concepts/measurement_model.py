"""The measurement model as stored: coefficients by condition, the cohort that values are compared with, and errors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from spine_core.assets import ASSETS
from spine_core.explanation.concepts.measured_values import Values
from spine_core.grading.types import Reading
from spine_core.weights import WeightsError

STORED = ASSETS / "weights" / "measurement-model.json"


@dataclass(frozen=True)
class Term:
    """One measurement in the model of one condition.

    ``coefficient``: log-odds per unit of the value. ``low``, ``high``: its 95 % interval (bootstrap of patients).
    ``missing``: log-odds where the disc has no such measurement.
    """

    coefficient: float
    low: float
    high: float
    missing: float

    @property
    def says_nothing(self) -> bool:
        """Whether the sign of the coefficient is open."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True)
class ConditionModel:
    """Proportional odds of one condition.

    ``steps``: the grades whose "at least" is modelled, one for each of ``thresholds``. ``levels``: log-odds by level.
    ``terms``: by measurement. ``prevalence``: log-odds of each step among the training discs. ``by_level``: frequency
    of the model's grades among them by level, the lowest first. ``informative``: whether the model was better than the
    level alone on training patients that were left out; where not, it explains nothing.
    """

    steps: tuple[str, ...]
    thresholds: tuple[float, ...]
    levels: Mapping[str, float]
    terms: Mapping[str, Term]
    prevalence: tuple[float, ...]
    by_level: Mapping[str, tuple[float, ...]]
    informative: bool


@dataclass(frozen=True)
class CohortValues:
    """A measurement among the training discs, in the model's units.

    ``mean``: of all levels, which stands for a missing value. ``low``, ``high``: values beyond count as these.
    ``quantiles``: by level, the 0th to the 100th percentile in equal steps. ``discs``, ``patients``: by level.
    """

    mean: float
    low: float
    high: float
    quantiles: Mapping[str, tuple[float, ...]]
    discs: Mapping[str, int]
    patients: Mapping[str, int]

    def percentile(self, value: float, level: str) -> float | None:
        """Percent of the cohort's discs at ``level`` with a lower value, 0 to 100; None where there are none."""
        known = self.quantiles.get(level)
        if not known:
            return None
        return float(np.interp(value, known, np.linspace(0, 100, len(known))))

    def typical(self, level: str) -> float:
        """The median at ``level``, in the range; the mean of all levels where the level has no such values."""
        known = self.quantiles.get(level)
        return self.clipped(known[len(known) // 2]) if known else self.mean

    def clipped(self, value: float) -> float:
        """The value within the cohort's range, so that no single failed outline decides."""
        return float(np.clip(value, self.low, self.high))


@dataclass(frozen=True)
class MeasurementError:
    """Error of a measurement: by the segmenter's outlines, minus by reference outlines of the same slices.

    ``bias``: mean difference, with its 95 % interval over patients; ``lower``, ``upper``: limits of agreement, bias
    -/+ 1.96 SD (Bland and Altman 1986), each with its interval. ``unit``: of all of these. ``model_sd``: SD in the
    model's unit.
    """

    unit: str
    bias: float
    bias_low: float
    bias_high: float
    lower: float
    lower_low: float
    lower_high: float
    upper: float
    upper_low: float
    upper_high: float
    model_sd: float
    discs: int
    patients: int
    missed: int

    @property
    def half_width(self) -> float:
        """Half the distance between the limits of agreement: what 95 % of the errors stay within, but for the bias."""
        return (self.upper - self.lower) / 2

    @property
    def model_half_width(self) -> float:
        """The same in the model's unit."""
        return 1.96 * self.model_sd


@dataclass(frozen=True)
class MeasurementModel:
    """All conditions, the cohort, and the errors by field of ``Measurements``.

    ``networks``: SHA-256 of "detector" and "segmenter". ``sha256``: of the model as stored.
    """

    conditions: Mapping[str, ConditionModel]
    cohort: Mapping[str, CohortValues]
    errors: Mapping[str, MeasurementError]
    networks: Mapping[str, str]
    sha256: str = ""

    def applies_to(self, reading: Reading) -> bool:
        """Whether the reading's measurements are by the networks whose measurements the model was fitted on."""
        own = {"detector": reading.detector.sha256}
        if reading.segmenter is not None:
            own["segmenter"] = reading.segmenter.sha256
        return own == dict(self.networks)


def contributions(
    model: ConditionModel, cohort: Mapping[str, CohortValues], values: Values
) -> dict[str, float]:
    """Terms of the score: coefficient x (value - cohort's mean), or the term for missing."""
    found = {}
    for name, term in model.terms.items():
        value = values.get(name)
        known = cohort[name]
        found[name] = (
            term.missing if value is None else term.coefficient * (known.clipped(value) - known.mean)
        )
    return found


def typical_contributions(
    model: ConditionModel, cohort: Mapping[str, CohortValues], level: str
) -> dict[str, float]:
    """The same of a disc whose every measurement is the median of its level."""
    return contributions(model, cohort, {name: cohort[name].typical(level) for name in model.terms})


def linear_score(
    model: ConditionModel, cohort: Mapping[str, CohortValues], level: str, values: Values
) -> float:
    """The disc's score: the sum of its level and of all contributions."""
    return model.levels.get(level, 0.0) + sum(contributions(model, cohort, values).values())


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the model's JSON values."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def as_json(model: MeasurementModel) -> dict[str, Any]:
    """The model as JSON values, without its hash."""
    return {name: value for name, value in asdict(model).items() if name != "sha256"}


@lru_cache(maxsize=2)
def load(path: Path = STORED) -> MeasurementModel | None:
    """The stored model; None where there is none. Raises ``WeightsError`` where its hash differs."""
    if not path.is_file():
        return None
    stored = json.loads(path.read_text())
    content = stored["model"]
    if digest(content) != stored["sha256"]:
        msg = f"{path.name} was changed: its sha256 is not {stored['sha256'][:12]}"
        raise WeightsError(msg)
    return MeasurementModel(
        {name: _condition(one) for name, one in content["conditions"].items()},
        {name: _cohort(one) for name, one in content["cohort"].items()},
        {name: MeasurementError(**one) for name, one in content["errors"].items()},
        content["networks"],
        stored["sha256"],
    )


def _condition(one: Mapping[str, Any]) -> ConditionModel:
    return ConditionModel(
        tuple(one["steps"]),
        tuple(one["thresholds"]),
        one["levels"],
        {name: Term(**term) for name, term in one["terms"].items()},
        tuple(one["prevalence"]),
        {level: tuple(shares) for level, shares in one["by_level"].items()},
        one["informative"],
    )


def _cohort(one: Mapping[str, Any]) -> CohortValues:
    quantiles = {level: tuple(values) for level, values in one["quantiles"].items()}
    return CohortValues(**{**one, "quantiles": quantiles})
