"""Training settings of the experiments; all arms of one experiment share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from spine_core.results.training_plans import DISTILLED, SPIDER_TWICE, TrainingPlan


@dataclass(frozen=True)
class AblationSettings:
    """``size``: side of the images in pixels. ``plan``: supervised training. ``pretraining``: self-supervised, before.

    Learning rate and repeats are those of EfficientNet-Lite0's plan. With fewer epochs and images of half the width,
    two cores train an arm in ten minutes.
    """

    size: int = 96
    plan: TrainingPlan = field(
        default_factory=lambda: TrainingPlan(epochs=12, learning_rate=8e-4, repeats=SPIDER_TWICE)
    )
    pretraining: TrainingPlan = field(default_factory=lambda: TrainingPlan(epochs=14, learning_rate=1e-3))


DEFAULT_SETTINGS = AblationSettings()

SETTINGS: Mapping[str, AblationSettings] = {
    "resnet18-baseline": AblationSettings(size=128, plan=TrainingPlan(epochs=30)),
    "corrected-labels": AblationSettings(size=192, plan=replace(DISTILLED, small_epochs=40)),
}
"""By experiment. The ResNet-18 baseline follows the published reference: random weights, 30 epochs, no tuning. The
retrained networks follow the released ones, but with smaller images in the first epochs: two cores take two hours."""


def settings_of(experiment: str) -> AblationSettings:
    """The settings of the experiment of that name."""
    return SETTINGS.get(experiment, DEFAULT_SETTINGS)
