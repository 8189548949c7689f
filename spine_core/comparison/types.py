"""What a comparison of explanations found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from spine_core.grading.types import ModelId
from spine_core.networks.target import Target


@dataclass(frozen=True)
class Agreement:
    """How alike the maps of two methods, or of two networks, are, on a grid that both really have.

    ``first``, ``second``: the names of the two.
    ``grid``: (rows, columns). ``evidence``: "signed", or "positive" where one of the two knows no other.
    ``rank_correlation``: Spearman's, -1 to 1. ``overlap``: Dice of the strongest tenth of cells, 0 to 1.
    ``chance_correlation``, ``chance_overlap``: what 95 % of blurred random maps stay below.
    ``expected_overlap``: mean overlap of two unrelated maps. Numbers are None where one of the maps is empty.
    ``similarity``: SSIM of the maps, each scaled by its peak, -1 to 1; None on grids under 3 cells a side.
    ``sign_agreement``: share of the tenth of cells that is largest, signs aside, which both maps share with one sign,
    0 to 1; between signed maps only. Their chance levels: what 95 % of random patches that carry the values of either
    map stay below.
    """

    first: str
    second: str
    grid: tuple[int, int]
    evidence: str
    rank_correlation: float | None
    overlap: float | None
    chance_correlation: float | None
    chance_overlap: float | None
    expected_overlap: float
    similarity: float | None = None
    chance_similarity: float | None = None
    sign_agreement: float | None = None
    chance_sign_agreement: float | None = None

    @property
    def above_chance(self) -> bool | None:
        """Whether the rank correlation is above chance; None where it is not known."""
        if self.rank_correlation is None or self.chance_correlation is None:
            return None
        return self.rank_correlation > self.chance_correlation


@dataclass(frozen=True, eq=False)
class Curve:
    """Answers while pieces are hidden (deletion) or shown (insertion), strongest first.

    ``fraction``: of the picture hidden or shown so far, 0 to 1. ``log_odds``, ``probability``: answers there.
    ``log_odds_auc``, ``probability_auc``: area under them, which is the mean answer along the way.
    """

    fraction: npt.NDArray[np.float64]
    log_odds: npt.NDArray[np.float64]
    probability: npt.NDArray[np.float64]
    log_odds_auc: float
    probability_auc: float


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """Deletion and insertion curves of one map. ``draw`` counts the maps of a random control."""

    method: str
    deletion: Curve
    insertion: Curve
    draw: int = 0


@dataclass(frozen=True, eq=False)
class RoadCurve:
    """ROAD's curve of one map: the answers while its strongest parts are removed and imputed."""

    method: str
    curve: Curve
    draw: int = 0


@dataclass(frozen=True)
class Infidelity:
    """What share of the answers' changes a map does not foretell when random squares are hidden, 0 to 1.

    None for an empty map, or where the answers do not change.
    """

    method: str
    value: float | None
    draw: int = 0


@dataclass(frozen=True)
class Localisation:
    """Where the positive relevance of one map lies.

    ``mass``: share of it per structure, adding up to 1. ``area``: share of the picture each structure covers,
    which is the mass an evenly grey map would have there. ``inside``: share of it in the place of the finding.
    ``hit``: whether the strongest pixel lies there. ``iou_best``, ``iou_fixed``: overlap with it (intersection over
    union) of the pixels above the best threshold, and above ``structures.FIXED`` of the peak. The last four are
    None where that place is not in the picture.
    """

    method: str
    mass: Mapping[str, float]
    area: Mapping[str, float]
    inside: float | None = None
    hit: bool | None = None
    iou_best: float | None = None
    iou_fixed: float | None = None
    draw: int = 0


@dataclass(frozen=True)
class FindingRegion:
    """Where the finding is, in named structures, and the share of the picture that they cover."""

    structures: tuple[str, ...]
    area: float


@dataclass(frozen=True)
class Sparseness:
    """How much of a map sits in how little of the picture: Gini of its size, 0 (even) to 1 (one place)."""

    method: str
    gini: float | None
    draw: int = 0


@dataclass(frozen=True)
class RelevanceOutside:
    """Share of a map's relevance, signs aside, that lies outside the image, 0 to 1; None for an empty map."""

    method: str
    fraction: float | None
    draw: int = 0


@dataclass(frozen=True)
class Cost:
    """What a map took."""

    method: str
    seconds: float
    network_calls: int


class Change(StrEnum):
    """What a map ought to survive."""

    SEED = "another seed"
    NOISE = "a little noise"
    SHIFT = "one pixel's shift"
    SLICE = "the neighbouring slice"


@dataclass(frozen=True)
class Stability:
    """How alike the maps of one method stay: Spearman, mean and lowest, over ``count`` pairs of maps.

    None where a map is empty.
    """

    method: str
    change: Change
    count: int
    mean: float | None
    lowest: float | None


@dataclass(frozen=True, eq=False)
class RandomisationStep:
    """A map after the weights of the layers from the answer down to ``depth`` (share of all) were shuffled.

    ``similarity``: Spearman with the map of the trained network, None where either is empty.
    """

    depth: float
    attribution: npt.NDArray[np.float32]
    signed: bool
    similarity: float | None


@dataclass(frozen=True, eq=False)
class ParameterRandomisation:
    """Stages of one method. ``chance``: what 95 % of blurred random maps stay below; None for an empty map."""

    method: str
    stages: tuple[RandomisationStep, ...]
    chance: float | None

    @property
    def passed(self) -> bool | None:
        """Whether the map is gone once all weights are shuffled; None where there was none to begin with."""
        if self.chance is None:
            return None
        last = self.stages[-1].similarity
        return last is None or last <= self.chance


@dataclass(frozen=True, eq=False)
class RepeatTests:
    """What repeating and scrambling showed, for the methods and for the controls."""

    stability: tuple[Stability, ...]
    sanity: tuple[ParameterRandomisation, ...]
    controls: tuple[str, ...]
    seed: int
    seconds: float


class Outcome(StrEnum):
    """What the test against the controls said about a map."""

    FAITHFUL = "faithful"
    PARTLY = "partly"
    NO_BETTER = "no better than controls"
    EMPTY = "empty"
    UNTESTABLE = "untestable"


@dataclass(frozen=True)
class Verdict:
    """One method's outcome and the sentences that say so, for the screen and the report."""

    method: str
    outcome: Outcome
    text: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """Explanations of one target on one picture, tested against each other and against controls.

    ``target_score``, ``baseline_score``: log-odds with everything shown and with everything hidden. ``controls``: one
    entry per draw of each control map. ``localisation`` is empty where no anatomy is known, and leaves out maps that
    speak for nothing; ``finding_region`` is None where the finding's place is not in the picture. ``unused_baseline``
    (the curves with a fill that no method uses), ``road``, ``infidelity``, ``sparseness``: of the methods, then of the
    controls. ``relevance_outside``: of the same maps, where a part of the network's input, ``outside_fraction``, lies
    outside the image. ``settings``: what is needed, with ``seed``, to repeat the figures.
    """

    level: str
    target: Target
    model: ModelId
    methods: tuple[str, ...]
    target_score: float
    baseline_score: float
    agreements: tuple[Agreement, ...]
    faithfulness: tuple[Faithfulness, ...]
    controls: tuple[Faithfulness, ...]
    localisation: tuple[Localisation, ...]
    verdicts: tuple[Verdict, ...]
    summary: str
    settings: Mapping[str, float | int | str]
    seed: int
    seconds: float
    sparseness: tuple[Sparseness, ...] = ()
    unused_baseline: tuple[Faithfulness, ...] = ()
    road: tuple[RoadCurve, ...] = ()
    infidelity: tuple[Infidelity, ...] = ()
    control_localisation: tuple[Localisation, ...] = ()
    finding_region: FindingRegion | None = None
    costs: tuple[Cost, ...] = ()
    relevance_outside: tuple[RelevanceOutside, ...] = ()
    outside_fraction: float | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)

    def figures(self, number: int) -> tuple[float | None, ...]:
        """Of one map, the methods' in order and then the controls' draws: areas under deletion and insertion with both
        fills, under removal, infidelity, concentration, and where there is an outside the share of relevance there;
        areas are log-odds, None stands for an empty map.
        """
        curves, other = (*self.faithfulness, *self.controls)[number], self.unused_baseline[number]
        return (
            curves.deletion.log_odds_auc,
            curves.insertion.log_odds_auc,
            other.deletion.log_odds_auc,
            other.insertion.log_odds_auc,
            self.road[number].curve.log_odds_auc,
            self.infidelity[number].value,
            self.sparseness[number].gini,
            *(one.fraction for one in self.relevance_outside[number : number + 1]),
        )
