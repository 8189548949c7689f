"""Data types of a comparison of explanations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from spine_core.comparison.metrics.agreement.agreement import Agreement
from spine_core.comparison.metrics.base import MetricResult
from spine_core.comparison.metrics.localisation.finding_region import FindingRegion
from spine_core.grading.types import ModelId
from spine_core.networks.target import Target


class Outcome(StrEnum):
    """Outcome of the test of a map against the controls."""

    FAITHFUL = "faithful"
    PARTLY = "partly"
    NO_BETTER = "no better than controls"
    EMPTY = "empty"
    UNTESTABLE = "untestable"


@dataclass(frozen=True)
class Verdict:
    """One method's outcome, and ``text``: the same in words, for the screen and the report."""

    method: str
    outcome: Outcome
    text: str


@dataclass(frozen=True, eq=False)
class PartialComparison:
    """What is known of a comparison while it is being made; its fields are those of ``Comparison``.

    ``results``: of the metrics that have been evaluated so far.
    """

    methods: tuple[str, ...]
    results: tuple[MetricResult, ...]
    agreements: tuple[Agreement, ...]
    finding_region: FindingRegion | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Explanations of one target on one image, tested against each other and against controls.

    ``results``: of every metric of ``registry.MAP_METRICS`` that applies, the methods in order and then the controls'
    draws; then the costs of the maps. ``agreements``: of every pair of methods. ``target_score``, ``baseline_score``:
    log-odds of the unmasked and of the fully masked image. ``probabilities``: of every grade of the condition.
    ``finding_region``: None where the finding has none in the image. ``outside_fraction``: fraction of the network's
    input outside the image. ``settings``: with ``seed``, what is needed to reproduce the results.
    """

    level: str
    target: Target
    model: ModelId
    methods: tuple[str, ...]
    target_score: float
    baseline_score: float
    probabilities: Mapping[str, float]
    results: tuple[MetricResult, ...]
    agreements: tuple[Agreement, ...]
    verdicts: tuple[Verdict, ...]
    summary: str
    settings: Mapping[str, float | int | str]
    seed: int
    seconds: float
    finding_region: FindingRegion | None = None
    outside_fraction: float | None = None
    notes: tuple[str, ...] = ()
