"""Pairs of phantoms that differ in one lesion only, cut as the network sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.model import LEVELS, Disc
from spine_core.grading.conditions import BY_NAME
from spine_core.grading.image import disc_frame
from spine_core.grading.model import Channel, DiscImage
from spine_core.grading.network import Contract, Network
from spine_core.grading.target import Target, log_probabilities
from spine_core.phantom import LESIONS, Phantom, build, healthy, mid_index, sagittal_pair, with_lesion

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
    ill: DiscImage
    well: DiscImage
    changed: npt.NDArray[np.bool_]


def pairs(network: Network, count: int, lesions: Sequence[str] = LESIONS) -> Iterator[Pair]:
    """``count`` pairs that the network grades correctly on both sides, lesions and levels in turn.

    Gives up after ten times as many persons, so that a network that sees no lesion ends.
    """
    made = 0
    for number in range(10 * count):
        if made == count:
            return
        lesion = lesions[number % len(lesions)]
        pair = _pair(network.contract, lesion, LEVELS[1 + number % 4], FIRST_SEED + number)
        if pair is not None and _graded_right(network, pair):
            made += 1
            yield pair


def _pair(contract: Contract, lesion: str, level: str, seed: int) -> Pair | None:
    """None where the lesion does not change the grade."""
    well = build(healthy(seed))
    ill = build(with_lesion(healthy(seed), lesion, level))
    grade = ill.grades[level][lesion]
    normal = well.grades[level][lesion]
    if grade == normal:
        return None
    disc = _disc(ill, level)
    pictures = [_image(contract, one, disc) for one in (ill, well)]
    changed = np.any(np.abs(pictures[0].pixels - pictures[1].pixels) > CHANGED, axis=0)
    if not changed.any() or changed.all():
        return None
    return Pair(lesion, level, seed, Target(lesion, grade), normal, pictures[0], pictures[1], changed)


def _disc(phantom: Phantom, level: str) -> Disc:
    """The true disc on the middle slice."""
    index = mid_index(phantom)
    number = LEVELS.index(level)
    centers = np.array([phantom.sagittal.to_pixel(phantom.centers[one])[1:3] for one in LEVELS])
    _, row, column, _ = phantom.sagittal.to_pixel(phantom.posteriors[level])
    aspect = phantom.sagittal.spacing[0] / phantom.sagittal.spacing[1]
    square = centers * [aspect, 1.0]
    near = square[min(number + 1, len(LEVELS) - 1)] - square[max(number - 1, 0)]
    apart = min(number + 1, len(LEVELS) - 1) - max(number - 1, 0)
    length = float(np.hypot(*near))
    down = (float(near[0]) / length, float(near[1]) / length)
    center = (float(centers[number, 0]), float(centers[number, 1]))
    return Disc(level, "phantom", index, center, (row, column), None, length / apart, down, 1.0)


def _image(contract: Contract, phantom: Phantom, disc: Disc) -> DiscImage:
    """What the network sees of ``disc``, cut as from a study."""
    frame = disc_frame(contract, disc, phantom.sagittal.spacing[0] / phantom.sagittal.spacing[1])
    shape = (contract.size, contract.size)
    rendered = sagittal_pair(phantom, contract.channels, (disc.slice_index,))
    pixels = []
    for name in contract.channels:
        picture = rendered[name].pixels[0]
        pixels.append(contract.standardise(frame.resample(picture, shape, outside=float(picture.min()))))
    mask = frame.resample(rendered[contract.channels[0]].masks[0], shape, order=0).astype(np.uint8)
    channels = tuple(Channel(name, "phantom", disc.slice_index, frame) for name in contract.channels)
    return DiscImage(disc.level, np.stack(pixels), channels, disc, mask)


def _graded_right(network: Network, pair: Pair) -> bool:
    import torch

    answers = torch.from_numpy(network.answers(np.stack([pair.ill.pixels, pair.well.pixels])))
    likeliest = log_probabilities(answers, pair.lesion).argmax(dim=1).tolist()
    grades = BY_NAME[pair.lesion].grades
    return [grades[one] for one in likeliest] == [pair.target.grade, pair.normal]
