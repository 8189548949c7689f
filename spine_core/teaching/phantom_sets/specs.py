"""The phantoms of the bundled sets, by seed: from easy to hard, and a mix in which the released networks err."""

from __future__ import annotations

from dataclasses import replace

from spine_core.anatomy.types import LEVELS
from spine_core.phantom import PhantomSpec
from spine_core.phantom.spec import LevelSpec, generator

CONDITIONS = ("pfirrmann", "bulging", "herniation")
ASKED_LEVELS = ("L3/L4", "L4/L5", "L5/S1")

GRADED = 20
"""Cases of the set from easy to hard."""

EASY_SEED = 28_000
"""Seed of its first case. No network was trained on these seeds."""

MIXED_SEED = 28_500
"""The mixed set is searched from this seed on."""

EASY, HARD = "easy", "hard"

LESIONS = {
    "herniation": (8.5, 3.2),
    "bulging": (4.5, 1.7),
    "pfirrmann": (5, 3),
}
"""Size in mm, or the grade, in the first and in the last case."""


def lesion_of(number: int) -> tuple[str, str]:
    """Level and condition of the finding that a graded case was made for, ``number`` from 0."""
    condition = tuple(LESIONS)[number % len(LESIONS)]
    return ASKED_LEVELS[(number * 2 + number // len(LESIONS)) % len(ASKED_LEVELS)], condition


def graded_case(number: int) -> PhantomSpec:
    """The case ``number`` (0 to ``GRADED`` - 1): its lesion shrinks, and the discs around it degenerate."""
    seed = EASY_SEED + number
    hardness = number / (GRADED - 1)
    rng = generator(seed, "exercise")
    # Around an easy lesion discs are healthy; around a hard one they are II or III and wider than the bodies.
    levels = {
        level: LevelSpec(
            pfirrmann=int(rng.integers(1, 3) + (hardness > 0.5 and rng.random() < 0.6)),
            bulge=float(1.2 * hardness * rng.random()),
        )
        for level in LEVELS
    }
    level, condition = lesion_of(number)
    levels[level] = _with_lesion(levels[level], condition, hardness, float(rng.uniform(-1, 1)))
    return PhantomSpec(seed, levels)


def _with_lesion(plain: LevelSpec, condition: str, hardness: float, side: float) -> LevelSpec:
    first, last = LESIONS[condition]
    size = first + (last - first) * hardness
    if condition == "herniation":
        return replace(plain, herniation=size, side=5 * hardness * side, pfirrmann=4 if hardness < 0.5 else 3)
    if condition == "bulging":
        return replace(plain, bulge=size, pfirrmann=3)
    return replace(plain, pfirrmann=round(size))
