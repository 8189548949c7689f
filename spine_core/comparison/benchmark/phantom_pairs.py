"""Pairs of phantoms that differ in one lesion only, cut as the network sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS
from spine_core.grading.phantom_crops import phantom_image, true_disc
from spine_core.grading.types import DiscImage
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.grading_network import Network, Preprocessing
from spine_core.networks.target import Target, log_probabilities
from spine_core.phantom import LESIONS, build, healthy, with_lesion

FIRST_SEED = 50_000
"""Seeds of the persons start here; no network was trained or chosen on these."""

CHANGED = 0.1
"""Change of a standardised pixel, in either weighting, from which it counts as changed; noise is the same in both."""


@dataclass(frozen=True, eq=False)
class Pair:
    """One disc with a lesion and the same disc without.

    ``normal``: the true grade without it. ``changed``: bool (size, size), where the picture differs.
    """

    lesion: str
    level: str
    seed: int
    target: Target
    normal: str
    lesion_image: DiscImage
    healthy_image: DiscImage
    changed: npt.NDArray[np.bool_]


def pairs(
    network: Network, count: int, lesions: Sequence[str] = LESIONS, first: int = FIRST_SEED
) -> Iterator[Pair]:
    """``count`` pairs that the network grades correctly on both sides, lesions and levels in turn.

    ``first``: seed of the first person tried. Gives up after ten times as many persons, so that a network that sees no
    lesion ends.
    """
    made = 0
    for number in range(first - FIRST_SEED, first - FIRST_SEED + 10 * count):
        if made == count:
            return
        lesion = lesions[number % len(lesions)]
        pair = _pair(network.preprocessing, lesion, LEVELS[1 + number % 4], FIRST_SEED + number)
        if pair is not None and _graded_right(network, pair):
            made += 1
            yield pair


def _pair(contract: Preprocessing, lesion: str, level: str, seed: int) -> Pair | None:
    """None where the lesion does not change the grade."""
    well = build(healthy(seed))
    ill = build(with_lesion(healthy(seed), lesion, level))
    grade = ill.grades[level][lesion]
    normal = well.grades[level][lesion]
    if grade == normal:
        return None
    disc = true_disc(ill, level)
    pictures = [phantom_image(contract, one, disc) for one in (ill, well)]
    changed = np.any(np.abs(pictures[0].pixels - pictures[1].pixels) > CHANGED, axis=0)
    if not changed.any() or changed.all():
        return None
    return Pair(lesion, level, seed, Target(lesion, grade), normal, pictures[0], pictures[1], changed)


def _graded_right(network: Network, pair: Pair) -> bool:
    import torch

    answers = torch.from_numpy(
        network.predict_logits(np.stack([pair.lesion_image.pixels, pair.healthy_image.pixels]))
    )
    likeliest = log_probabilities(answers, pair.lesion).argmax(dim=1).tolist()
    grades = BY_NAME[pair.lesion].grades
    return [grades[one] for one in likeliest] == [pair.target.grade, pair.normal]
