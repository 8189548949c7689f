"""What a search of hyper-parameters varies, within which ranges, on how short a plan, and what a trial gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spine_core.results.experiments import BACKBONE
from spine_core.results.experiments import KEPT as EXPERIMENTS
from spine_core.results.training_plans import PLANS, Plan

KEPT = EXPERIMENTS / "search.csv"
"""Where the table of all trials is kept."""


@dataclass(frozen=True)
class Values:
    """One choice. ``rate``: highest of the cycle. ``repeats``: of SPIDER's discs per epoch. The rest as in ``Plan``."""

    rate: float
    decay: float
    repeats: int
    strength: float


@dataclass(frozen=True)
class Range:
    """Lowest and highest value, both of them tried. ``log``: even in the logarithm. ``whole``: whole numbers only."""

    label: str
    low: float
    high: float
    log: bool = False
    whole: bool = False


SPACE: Mapping[str, Range] = {
    "rate": Range("highest learning rate", 2e-4, 3e-3, log=True),
    "decay": Range("weight decay", 1e-3, 0.3, log=True),
    "repeats": Range("SPIDER seen per epoch", 1, 3, whole=True),
    "strength": Range("strength of views", 0.5, 1.5),
}
"""By the field of ``Values``."""


def chosen(raw: Mapping[str, Any]) -> Values:
    """The choice of ``raw``, numbers or their text by field; to three digits, so that a table shows all of it."""
    numbers: dict[str, Any] = {
        name: int(raw[name]) if one.whole else float(f"{float(raw[name]):.3g}") for name, one in SPACE.items()
    }
    return Values(**numbers)


@dataclass(frozen=True)
class Setting:
    """How every trial is trained: ``size`` of the pictures in pixels, epochs, discs of a batch."""

    size: int = 96
    epochs: int = 4
    batch: int = 48

    def plan(self, values: Values) -> Plan:
        """The short plan with what is tried."""
        return Plan(
            epochs=self.epochs, batch=self.batch, rate=values.rate, decay=values.decay,
            repeats={"spider": values.repeats}, strength=values.strength,
        )  # fmt: skip


SEARCH = Setting()
"""What the command takes."""


@dataclass(frozen=True)
class Trial:
    """What one choice gave on the selection patients.

    ``auroc``: mean over the questions of both sets and weightings; ``sudirman``, ``spider``: over those of one set.
    ``seconds``: of training and asking, on the machine that ran it.
    """

    number: int
    values: Values
    auroc: float
    sudirman: float
    spider: float
    seconds: int


@dataclass(frozen=True)
class Search:
    """All finished trials, in the order in which they were tried, with the command that made them."""

    command: str
    trials: tuple[Trial, ...]


def earlier() -> Values:
    """What the network that is searched with was trained by before the search."""
    plan = PLANS[BACKBONE][0]
    return Values(plan.rate, plan.decay, plan.repeats.get("spider", 1), plan.strength)
