"""Hyper-parameters of every grading network: how long, on which image sizes, at which rate it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Plan:
    """How long and at which sizes to train. ``small_epochs`` come first, at ``small`` pixels, ``epochs`` in all.

    ``repeats``: how often a set's discs are seen per epoch, where not once. ``strength``: by how much more or
    less than usual the views vary in place, shape, contrast and noise. ``taught``: share of the loss that teachers'
    answers have, where there are teachers.
    """

    epochs: int
    small_epochs: int = 0
    small: int = 128
    batch: int = 48
    rate: float = 1.2e-3
    decay: float = 0.03
    repeats: Mapping[str, int] = field(default_factory=dict)
    strength: float = 1.0
    taught: float = 0.5


TWICE = {"spider": 2}
"""The smaller set is the only one with most of the labels: it is seen twice as often."""


SEARCHED = Plan(epochs=14, small_epochs=11, rate=2.5e-3, decay=0.1, repeats=TWICE, strength=0.7)
"""Near the best trials of the search (``training/tuning``): three times the rate, views that vary less."""


PLANS: Mapping[str, tuple[Plan, ...]] = {
    "resnet18": (Plan(epochs=28, small_epochs=20), Plan(epochs=16, rate=6e-4, repeats=TWICE)),
    "efficientnet_lite0": (Plan(epochs=20, small_epochs=13, rate=8e-4, repeats=TWICE),),
    "resnet14": (replace(SEARCHED, epochs=20, small_epochs=14),),
    "efficientnet_lite0_coarse": (replace(SEARCHED, small=144),),
    "efficientnet_lite1": (SEARCHED,),
    "efficientnet_lite2": (SEARCHED,),
    "densenet121": (
        Plan(epochs=24, small_epochs=20, repeats=TWICE),
        Plan(epochs=17, small_epochs=11, rate=8e-4, repeats=TWICE),
    ),
}
"""Runs of each backbone that learns from the labels alone, one after the other."""


TEACHER = Plan(epochs=24, batch=64, rate=2e-3, decay=0.1, repeats=TWICE)
"""Of every teacher. It is made for a graphics card (20 to 150 s); all pixels are seen from the beginning."""


TAUGHT = replace(TEACHER, epochs=60, taught=0.8)
"""Of every network that is taught: longer than its teachers, and more by their answers than by the labels."""
