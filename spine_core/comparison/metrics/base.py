"""Metrics of attribution maps: their metadata, the record of a result, and the base class of metrics of maps.

A new metric of maps is one file (a ``Metric`` and a ``MapMetric``) and one entry in ``registry.MAP_METRICS``; tables,
CSV, JSON and the HTML report are made from its results.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.grid import BLOCKS, strongest_first, to_grid
from spine_core.comparison.metrics.localisation.finding_region import FindingRegion, Mask, finding_region
from spine_core.explanation.base import ScoreModel
from spine_core.explanation.perturbation.baselines import metric_baseline
from spine_core.explanation.perturbation.segments import blocks
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.progress import Progress


class Direction(StrEnum):
    """Which values are better."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "neither"


class Property(StrEnum):
    """The property that a metric measures; tables of results follow this order."""

    FAITHFULNESS = "faithfulness"
    LOCALISATION = "localisation"
    COMPLEXITY = "complexity"
    COST = "cost"
    AGREEMENT = "agreement"
    STABILITY = "stability"
    RANDOMISATION = "randomisation"
    PREDICTION = "prediction"
    ROBUSTNESS = "robustness"


class Unit(StrEnum):
    """How values are formatted."""

    NUMBER = "number"
    FRACTION = "fraction"
    YES_NO = "yes or no"
    COUNT = "count"

    def text(self, value: float) -> str:
        """``value`` for a table."""
        match self:
            case Unit.FRACTION:
                return f"{value:.0%}"
            case Unit.YES_NO:
                return "yes" if value else "no"
            case Unit.COUNT:
                return f"{value:.0f}"
            case _:
                return f"{value:.2f}"

    def chance_text(self, chance: float) -> str:
        """A chance level for a table; for yes or no it is a probability."""
        return (Unit.FRACTION if self is Unit.YES_NO else self).text(chance)

    def texts(self, values: Sequence[float | None]) -> str:
        """One value, or the range of several: the lowest and the highest, or how many of them are true."""
        known = [value for value in values if value is not None]
        if not known:
            return "empty map"
        if self is Unit.YES_NO and len(values) > 1:
            return f"{sum(map(bool, known))} of {len(values)}"
        low, high = self.text(min(known)), self.text(max(known))
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class CurveFacts:
    """Texts of a metric's charts. ``verb``: what is done to the blocks. ``reading``: how to read the chart."""

    title: str
    verb: str
    reading: str


@dataclass(frozen=True)
class Metric:
    """Metadata of one metric.

    ``paper``: its definition, and how this one differs. ``caveat``: how it can mislead. ``chance_label``: what a
    result's ``chance`` is, for a table. ``curve``: for metrics whose results have curves.
    """

    name: str
    label: str
    direction: Direction
    kind: Property
    paper: str
    caveat: str
    unit: Unit = Unit.NUMBER
    chance_label: str = "Chance level"
    curve: CurveFacts | None = None

    def heading(self, variant: str = "") -> str:
        """The label, ``variant``, and an arrow in the better direction."""
        words = f"{self.label}: {variant}" if variant else self.label
        arrow = {Direction.HIGHER: " ↑", Direction.LOWER: " ↓", Direction.NONE: ""}[self.direction]
        return f"{words}{arrow}"

    @property
    def help(self) -> str:
        """Property, direction, caveat and source in one text, for a tooltip."""
        better = "" if self.direction is Direction.NONE else f"; {self.direction.value} is better"
        return f"{self.kind.value.capitalize()}{better}. {self.caveat} {self.paper}"

    def better(self, value: float, other: float) -> bool:
        """Whether ``value`` is better than ``other``; always False for ``Direction.NONE``."""
        if self.direction is Direction.NONE:
            return False
        return value > other if self.direction is Direction.HIGHER else value < other


@dataclass(frozen=True, eq=False)
class Curve:
    """Scores while blocks of the image are masked or shown, most relevant first.

    ``fraction``: of the image masked or shown so far, 0 to 1. ``log_odds``, ``probability``: scores there, all (N,).
    ``log_odds_auc``, ``probability_auc``: area under the curves divided by the range of fractions, which is their mean.
    """

    fraction: npt.NDArray[np.float64]
    log_odds: npt.NDArray[np.float64]
    probability: npt.NDArray[np.float64]
    log_odds_auc: float
    probability_auc: float


@dataclass(frozen=True, eq=False)
class MetricResult:
    """One value of one metric: the record from which page, CSV, JSON and HTML report are made.

    ``method``: of the map. ``draw``: number of a random control's map. ``variant``: which of several values of this
    metric (a baseline, a structure, a corruption). ``other``: the second of a pair. ``value``: None for an empty map.
    ``chance``: value of a map without information. ``curve``: the curve that the value summarises.
    """

    metric: Metric
    method: str
    value: float | None
    chance: float | None = None
    draw: int = 0
    is_control: bool = False
    variant: str = ""
    other: str = ""
    curve: Curve | None = None

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values, with the metric's metadata."""
        out: dict[str, Any] = {
            "metric": self.metric.name,
            "property": self.metric.kind.value,
            "direction": self.metric.direction.value,
            "method": self.method,
            "other": self.other,
            "control": self.is_control,
            "draw": self.draw,
            "variant": self.variant,
            "value": self.value,
            "chance": self.chance,
        }
        if self.curve is not None:
            out["curve"] = {
                "fraction": self.curve.fraction.tolist(),
                "log_odds": self.curve.log_odds.tolist(),
                "probability": self.curve.probability.tolist(),
                "probability_auc": self.curve.probability_auc,
            }
        return out


@dataclass(frozen=True, eq=False)
class EvaluatedMap:
    """A map to evaluate. ``attribution``: (size, size), higher is more relevant. ``draw``: of a random control."""

    method: str
    attribution: npt.NDArray[np.float32]
    draw: int = 0
    is_control: bool = False

    def result(
        self,
        metric: Metric,
        value: float | None,
        *,
        chance: float | None = None,
        variant: str = "",
        curve: Curve | None = None,
    ) -> MetricResult:
        """The record of ``value`` for this map."""
        return MetricResult(
            metric, self.method, value, chance, self.draw, self.is_control, variant=variant, curve=curve
        )


@dataclass(frozen=True, eq=False)
class MetricContext:
    """What the maps explain. ``baseline``: one of ``baselines.BASELINES``. ``seed``: of a metric's random numbers."""

    network: ScoreModel
    image: DiscImage
    target: Target
    baseline: str
    seed: int = 0

    @property
    def size(self) -> int:
        """Side of the network's input in pixels."""
        return int(self.image.pixels.shape[-1])

    @property
    def side(self) -> int:
        """Blocks per side: ``BLOCKS``, or the pixels of a smaller input. Each block is masked as a whole."""
        return min(BLOCKS, self.size)

    @property
    def blocks(self) -> npt.NDArray[np.intp]:
        """Block number of every pixel, (size, size)."""
        return blocks(self.size, self.side)

    def on_blocks(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Mean of a map (size, size) over every block, (side, side)."""
        return to_grid(values, (self.side, self.side))

    def ranking(self, one: EvaluatedMap) -> npt.NDArray[np.intp]:
        """Blocks in descending order of relevance; ties in a random order, the same for all maps."""
        return strongest_first(self.on_blocks(one.attribution), np.random.default_rng(self.seed))

    @cached_property
    def masked(self) -> npt.NDArray[np.float32]:
        """The fully masked image, (channels, size, size), of the context's own baseline."""
        return metric_baseline(self.image.pixels, self.baseline, self.seed)

    @cached_property
    def region(self) -> tuple[FindingRegion, Mask] | None:
        """The finding's region and its mask; None where it has no region in this image."""
        return finding_region(self.image, self.target.condition)


class MapMetric(ABC):
    """A metric of maps. Thread-safe; equal arguments give equal results.

    ``metrics``: metadata of the metrics that it reports. ``work``: its fraction of the time of a comparison, 0 to 1.
    """

    metrics: ClassVar[tuple[Metric, ...]]
    work: float = 0.01

    @abstractmethod
    def evaluate(
        self, maps: Sequence[EvaluatedMap], context: MetricContext, progress: Progress
    ) -> tuple[MetricResult, ...]:
        """Results of every map, all under the same conditions; empty where the metric does not apply.

        Raises ``Cancelled`` when ``progress`` does.
        """

    def settings(self, context: MetricContext) -> Mapping[str, float | int | str]:
        """What is needed, with the context, to reproduce the results."""
        return {}


def select(
    results: Iterable[MetricResult],
    metric: Metric,
    *,
    method: str | None = None,
    variant: str | None = None,
    is_control: bool | None = None,
) -> list[MetricResult]:
    """The results of ``metric``, filtered by method, variant, or control where given."""
    return [
        one
        for one in results
        if one.metric.name == metric.name
        and method in (None, one.method)
        and variant in (None, one.variant)
        and is_control in (None, one.is_control)
    ]
