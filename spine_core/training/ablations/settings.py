"""How the networks of an experiment are trained: all arms alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from spine_core.results.training_plans import TAUGHT, TWICE, Plan


@dataclass(frozen=True)
class Setting:
    """``size``: of the pictures, in pixels. ``plan``: with labels. ``restoring``: before them, where the start asks.

    Rate and repeats are those of the plan of EfficientNet-Lite0; the epochs are fewer and the pictures half as wide:
    two cores train an arm in ten minutes.
    """

    size: int = 96
    plan: Plan = field(default_factory=lambda: Plan(epochs=12, rate=8e-4, repeats=TWICE))
    restoring: Plan = field(default_factory=lambda: Plan(epochs=14, rate=1e-3))


SETTING = Setting()
"""What the command takes, where an experiment has none of its own."""

OWN: Mapping[str, Setting] = {
    "plain": Setting(size=128, plan=Plan(epochs=30)),
    "taught-again": Setting(size=192, plan=replace(TAUGHT, small_epochs=40)),
}
"""By experiment. What the networks that ship are measured against is trained as whoever set the goals trained theirs:
once from random numbers for 30 epochs, with nothing chosen. What is taught again is taught as they were, but for the
size of the first epochs: two cores need two hours so."""


def setting_of(experiment: str) -> Setting:
    """How the networks of the experiment of that name are trained."""
    return OWN.get(experiment, SETTING)
