"""Pairs of network inputs from phantoms that differ in one lesion only."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS
from spine_core.grading.phantom_crops import phantom_image, true_disc
from spine_core.grading.types import DiscImage
from spine_core.networks.network import Network
from spine_core.networks.outputs import Output
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target
from spine_core.phantom import LESIONS, build, healthy, with_lesion

FIRST_SEED = 50_000
"""First seed of the phantoms; no network was trained or selected on these."""

CHANGED = 0.1
"""Least difference of a changed pixel, standardised, in either weighting. Both images have the same noise."""


DISPLACING = ("herniation", "bulging")
TRACE = 1e-4
"""Bulge in mm that no pixel shows. Wherever any disc of a phantom bulges, its sac keeps a millimetre from the column
along the whole spine; pairs of the ``DISPLACING`` lesions would differ there too if no healthy disc bulged."""


@dataclass(frozen=True, eq=False)
class Pair:
    """One disc with a lesion and the same disc without it.

    ``target``: the true grade with the lesion. ``normal``: the true grade without it. ``changed``: bool (size, size),
    where the images differ.
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
    network: Network, count: int, lesions: Sequence[str] = LESIONS, known: Container[int] = ()
) -> Iterator[Pair]:
    """At most ``count`` pairs whose two images the network grades correctly, alternating lesions and levels.

    ``known``: seeds of pairs that are counted without being made again. Lesions that the network does not report are
    left out. Ends after ``10 * count`` phantoms, for networks that detect no lesion.
    """
    made = 0
    lesions = [name for name in lesions if name in network.outputs]
    for number in range(10 * count):
        if made == count or not lesions:
            return
        if FIRST_SEED + number in known:
            made += 1
            continue
        lesion = lesions[number % len(lesions)]
        pair = _pair(
            network.preprocessing, network.outputs[lesion], LEVELS[1 + number % 4], FIRST_SEED + number
        )
        if pair is not None and _graded_right(network, pair):
            made += 1
            yield pair


def _pair(preprocessing: Preprocessing, output: Output, level: str, seed: int) -> Pair | None:
    """None where the lesion does not change the grade."""
    lesion = output.condition.name
    person = healthy(seed)
    lesion_phantom = build(with_lesion(person, lesion, level))
    if lesion in DISPLACING:
        person = with_lesion(person, "bulging", level, TRACE)
    healthy_phantom = build(person)
    grade = lesion_phantom.grades[level][lesion]
    normal = healthy_phantom.grades[level][lesion]
    if grade == normal:
        return None
    disc = true_disc(lesion_phantom, level)
    images = [phantom_image(preprocessing, one, disc) for one in (lesion_phantom, healthy_phantom)]
    changed = np.any(np.abs(images[0].pixels - images[1].pixels) > CHANGED, axis=0)
    if not changed.any() or changed.all():
        return None
    target = Target(lesion, grade, output=output)
    return Pair(lesion, level, seed, target, normal, images[0], images[1], changed)


def _graded_right(network: Network, pair: Pair) -> bool:
    import torch

    logits = torch.from_numpy(
        network.predict_logits(np.stack([pair.lesion_image.pixels, pair.healthy_image.pixels]))
    )
    most_probable = pair.target.output.log_probabilities(logits).argmax(dim=1).tolist()
    grades = pair.target.definition.grades
    return [grades[one] for one in most_probable] == [pair.target.grade, pair.normal]
