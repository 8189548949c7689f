"""The hyper-parameter search: search space, settings of a trial, and its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spine_core.results.experiments import BACKBONE, EXPERIMENTS_DIR
from spine_core.results.training_plans import PLANS, TrainingPlan

TRIALS_FILE = EXPERIMENTS_DIR / "tuning.csv"
"""Table of all trials."""


@dataclass(frozen=True)
class HyperParameters:
    """One point of the search space; fields as in ``TrainingPlan``.

    ``learning_rate``: the peak of the one-cycle schedule. ``spider_repeats``: how often SPIDER is seen per epoch.
    """

    learning_rate: float
    weight_decay: float
    spider_repeats: int
    augmentation_strength: float


@dataclass(frozen=True)
class SearchRange:
    """Inclusive range of one hyper-parameter. ``log``: sampled uniformly in the logarithm."""

    label: str
    low: float
    high: float
    log: bool = False
    integer: bool = False


SEARCH_SPACE: Mapping[str, SearchRange] = {
    "learning_rate": SearchRange("peak learning rate", 2e-4, 3e-3, log=True),
    "weight_decay": SearchRange("weight decay", 1e-3, 0.3, log=True),
    "spider_repeats": SearchRange("SPIDER passes per epoch", 1, 3, integer=True),
    "augmentation_strength": SearchRange("augmentation strength", 0.5, 1.5),
}
"""By field of ``HyperParameters``."""


def parse_hyper_parameters(raw: Mapping[str, Any]) -> HyperParameters:
    """Hyper-parameters from numbers or text by field, rounded to three digits so that a table shows them exactly."""
    numbers: dict[str, Any] = {
        name: int(raw[name]) if one.integer else float(f"{float(raw[name]):.3g}")
        for name, one in SEARCH_SPACE.items()
    }
    return HyperParameters(**numbers)


@dataclass(frozen=True)
class TrialSettings:
    """How every trial is trained. ``size``: side of the images in pixels. ``batch``: discs per batch."""

    size: int = 96
    epochs: int = 4
    batch: int = 48

    def plan(self, values: HyperParameters) -> TrainingPlan:
        """The short training plan with these hyper-parameters."""
        return TrainingPlan(
            epochs=self.epochs, batch=self.batch, learning_rate=values.learning_rate, weight_decay=values.weight_decay,
            repeats={"spider": values.spider_repeats}, augmentation_strength=values.augmentation_strength,
        )  # fmt: skip


TRIAL_SETTINGS = TrialSettings()
"""Settings of ``tune``."""


@dataclass(frozen=True)
class Trial:
    """Result of one trial on the selection patients.

    ``auroc``: mean over the tasks of both datasets and weightings; ``sudirman``, ``spider``: mean over one dataset.
    ``seconds``: duration of training and evaluation on the machine that ran it.
    """

    number: int
    hyper_parameters: HyperParameters
    auroc: float
    sudirman: float
    spider: float
    seconds: int


@dataclass(frozen=True)
class TuningResult:
    """All finished trials in order, with the command that made them."""

    command: str
    trials: tuple[Trial, ...]


def baseline_hyper_parameters() -> HyperParameters:
    """The hyper-parameters of the same network before tuning."""
    plan = PLANS[BACKBONE][0]
    return HyperParameters(
        plan.learning_rate, plan.weight_decay, plan.repeats.get("spider", 1), plan.augmentation_strength
    )
