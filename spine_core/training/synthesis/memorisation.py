"""Does the generator copy training images? Nearest training image of a sample against that of held-out patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.proportion import wilson

SHIFTS = (-2, 0, 2)
"""Shifts of the training images in pixels, down and across; each is mirrored as well."""
CHANCE = 0.01
"""Fraction of held-out patients' images that count as copies, by the definition of the limit."""
BLOCK = 512
POOLED = 2
"""Side of the blocks over which pixels are averaged before they are compared: noise is not what is copied."""

Images = npt.NDArray[np.float32]


@dataclass(frozen=True)
class CopyRate:
    """Samples closer to a training image than all but ``CHANCE`` of the images of held-out patients.

    ``rate`` with its 95 % interval (Wilson 1927). ``median``, ``held_out_median``: root mean square distance to the
    nearest training image, in standard deviations of the intensity. ``limit``: distance below which an image is a copy.
    """

    copies: int
    samples: int
    rate: float
    low: float
    high: float
    limit: float
    median: float
    held_out: int
    held_out_median: float


def copy_rate(samples: Images, training: Images, held_out: Images) -> CopyRate:
    """The copy rate of ``samples`` (N, channels, side, side); all images have the same channels."""
    copies = variants(training)
    found, known = nearest(samples, copies), nearest(held_out, copies)
    limit = float(np.quantile(known, CHANCE))
    count = int((found < limit).sum())
    low, high = wilson(count, len(found))
    return CopyRate(
        count, len(found), count / max(len(found), 1), low, high, limit, float(np.median(found)), len(known),
        float(np.median(known)),
    )  # fmt: skip


def variants(training: Images) -> Images:
    """The training images, shifted by ``SHIFTS`` in both directions and mirrored."""
    moved = [np.roll(training, (down, across), axis=(-2, -1)) for down in SHIFTS for across in SHIFTS]
    return np.concatenate([*moved, *(one[..., ::-1] for one in moved)])


def nearest(images: Images, training: Images) -> npt.NDArray[np.float64]:
    """Root mean square distance of each of ``images`` to the nearest of ``training``, (N,)."""
    one, other = _flat(images), _flat(training)
    squares = (other**2).sum(axis=1)
    found = np.full(len(one), np.inf)
    for start in range(0, len(other), BLOCK):
        part = slice(start, start + BLOCK)
        distance = squares[part][None] - 2 * one @ other[part].T
        found = np.minimum(found, distance.min(axis=1))
    total = np.clip(found + (one**2).sum(axis=1), 0, None)
    return np.asarray(np.sqrt(total / one.shape[1]), dtype=np.float64)


def _flat(images: Images) -> Images:
    count, channels, side, _ = images.shape
    shape = (count, channels, side // POOLED, POOLED, side // POOLED, POOLED)
    return np.asarray(images.reshape(shape).mean(axis=(-3, -1)).reshape(count, -1), dtype=np.float32)
