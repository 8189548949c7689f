"""Hyper-parameters of every grading network: number of epochs, image sizes, learning rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

TEACHER_FOLDS = 5
"""Folds of the training patients: each teacher is trained on four and predicts the fifth."""


@dataclass(frozen=True)
class TrainingPlan:
    """Schedule of one training run. Of ``epochs`` in total, the first ``small_epochs`` use ``small_size`` pixels.

    ``repeats``: how often the discs of a dataset are seen per epoch, where not once. ``augmentation_strength``: scale
    of the random variation in position, shape, contrast and noise (1.0 is the default). ``soft_target_weight``: weight
    of the teachers' soft targets in the loss, where there are any.
    """

    epochs: int
    small_epochs: int = 0
    small_size: int = 128
    batch: int = 48
    learning_rate: float = 1.2e-3
    weight_decay: float = 0.03
    repeats: Mapping[str, int] = field(default_factory=dict)
    augmentation_strength: float = 1.0
    soft_target_weight: float = 0.5


SPIDER_TWICE = {"spider": 2}
"""SPIDER is the smaller dataset and the only one with most of the labels: its discs are seen twice per epoch."""


TUNED = TrainingPlan(
    epochs=14,
    small_epochs=11,
    learning_rate=2.5e-3,
    weight_decay=0.1,
    repeats=SPIDER_TWICE,
    augmentation_strength=0.7,
)
"""Close to the best trials of the tuning: three times the learning rate and weaker augmentation."""


PLANS: Mapping[str, tuple[TrainingPlan, ...]] = {
    "resnet18": (
        TrainingPlan(epochs=28, small_epochs=20),
        TrainingPlan(epochs=16, learning_rate=6e-4, repeats=SPIDER_TWICE),
    ),
    "efficientnet_lite0": (
        TrainingPlan(epochs=20, small_epochs=13, learning_rate=8e-4, repeats=SPIDER_TWICE),
    ),
    "resnet14": (replace(TUNED, epochs=20, small_epochs=14),),
    "efficientnet_lite0_coarse": (replace(TUNED, small_size=144),),
    "efficientnet_lite1": (TUNED,),
    "efficientnet_lite2": (TUNED,),
    "densenet121": (
        TrainingPlan(epochs=24, small_epochs=20, repeats=SPIDER_TWICE),
        TrainingPlan(epochs=17, small_epochs=11, learning_rate=8e-4, repeats=SPIDER_TWICE),
    ),
}
"""Consecutive runs of each backbone that is trained on the labels alone."""


TEACHER = TrainingPlan(epochs=24, batch=64, learning_rate=2e-3, weight_decay=0.1, repeats=SPIDER_TWICE)
"""Plan of every teacher, for a GPU (20 to 150 s); all epochs use the full image size."""


DISTILLED = replace(TEACHER, epochs=60, soft_target_weight=0.8)
"""Plan of every distilled network: longer than its teachers', with most of the loss from the soft targets."""


@dataclass(frozen=True)
class GeneratorPlan:
    """Schedule of the generator of disc images, ``steps`` batches.

    ``widths``: channels of the U-Net. ``average``: decay of the moving average of the weights. ``condition_dropout``:
    share of conditions that are left out, each by itself and all at once. ``channel_dropout``: share of discs of which
    only T2 is shown; of half as many only T1.
    """

    steps: int = 4500
    batch: int = 32
    widths: tuple[int, ...] = (48, 96, 160)
    learning_rate: float = 8e-4
    weight_decay: float = 0.01
    warmup: int = 200
    average: float = 0.999
    condition_dropout: float = 0.1
    channel_dropout: float = 0.1
    checkpoint_steps: int = 150


GENERATOR = GeneratorPlan()
"""Plan of the flow-matching generator: a little more than an hour on one core."""


GENERATOR_GAN = GeneratorPlan(steps=1500)
"""Plan of the conditional GAN: fewer batches than the flow, because one of them takes twice as long."""
