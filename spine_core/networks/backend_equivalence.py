"""Whether a backend ranks images, and segments of images, as torch float32 does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.grading.phantom_crops import phantom_image, true_disc
from spine_core.networks.outputs import RELEASED
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target, targets_of
from spine_core.phantom import DEMO, build

DISCS = ("L2/L3", "L4/L5")
"""Discs of the demonstration study: an ordinary one, and a dark one with a herniation, evaluated without T1."""

MASKS = 64
"""Images per disc: the first is unchanged, the others have a random half of their squares masked."""

SIDE = 5
"""Squares along each side of the image. Each square is masked as one."""

SIGMA = 1 / 16
"""Gaussian sigma of the blur in masked squares, as a fraction of the image's side."""

MIN_SCORE_CORRELATION = 0.99
"""Least Spearman correlation of the scores with torch's, for every target whose scores range over ``MIN_RANGE``."""

MIN_MAP_CORRELATION = 0.95
"""The same for the weights of the squares. They rest on ``MASKS`` images here and on several hundred in a method."""

MAX_ERROR = 0.05
"""Largest root mean square error of the scores, as a fraction of their range: ranks alone ignore a wrong scale."""

MIN_RANGE = 0.05
"""In log-odds. Scores that range over less are not ranked."""

DISC_CROP = Preprocessing()

Images = npt.NDArray[np.float32]
Shown = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class BackendEquivalence:
    """The worst values over all targets and discs.

    ``scores``, ``maps``: Spearman correlation with torch. ``error``: root mean square error as a fraction of the range.
    """

    scores: float
    maps: float
    error: float

    @property
    def is_equivalent(self) -> bool:
        """Whether explanations may be computed by the backend."""
        return (
            self.scores >= MIN_SCORE_CORRELATION
            and self.maps >= MIN_MAP_CORRELATION
            and self.error <= MAX_ERROR
        )


def probe_inputs(preprocessing: Preprocessing) -> tuple[Images, Shown]:
    """The same images at every call, (discs * MASKS, channels, size, size), and the squares each shows, (N, SIDE²)."""
    phantom = build(DEMO)
    index = np.arange(preprocessing.size) * SIDE // preprocessing.size
    squares = index[:, None] * SIDE + index[None, :]
    random = np.random.default_rng(0)
    images, shown = [], []
    for number, level in enumerate(DISCS):
        # Whatever a network sees of a disc, it is asked about images of its size and intensities.
        preprocessing = replace(
            preprocessing, crop=DISC_CROP.crop, width=DISC_CROP.width, shift=DISC_CROP.shift
        )
        pixels = phantom_image(preprocessing, phantom, true_disc(phantom, level)).pixels.copy()
        if number:
            missing = [name != preprocessing.channels[0] for name in preprocessing.channels]
            pixels[missing] = 0
        sigma = SIGMA * preprocessing.size
        blurred = ndimage.gaussian_filter(pixels, (0, sigma, sigma), mode="nearest")
        rows = random.random((MASKS, SIDE * SIDE)) < 0.5
        rows[0] = True
        images.append(np.where(rows[:, None][:, :, squares], pixels, blurred))
        shown.append(rows)
    return np.concatenate(images).astype(np.float32), np.concatenate(shown)


def compare_backends(
    reference: Images, others: Images, shown: Shown, targets: Iterable[Target] = tuple(targets_of(RELEASED))
) -> BackendEquivalence:
    """Compares the logits (discs * MASKS, K) of torch and of a backend for the images of ``probe_inputs``.

    ``shown``: the squares that each image shows. ``targets``: of which scores are compared. All values are 0 where no
    target's scores range over ``MIN_RANGE``.
    """
    found = [
        (_rank(one, other), _rank(_weights(one, rows), _weights(other, rows)), _error(one, other))
        for one, other, rows in _scores(reference, others, shown, targets)
    ]
    if not found:
        return BackendEquivalence(0.0, 0.0, 0.0)
    scores, maps, errors = zip(*found, strict=True)
    return BackendEquivalence(min(scores), min(maps), max(errors))


def _scores(
    reference: Images, others: Images, shown: Shown, targets: Iterable[Target]
) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Shown]]:
    """Both sets of log-odds and the squares shown, for every grade and disc whose scores range over ``MIN_RANGE``."""
    import torch

    for target in targets:
        both = [
            target.log_odds(torch.from_numpy(one)).numpy().astype(np.float64) for one in (reference, others)
        ]
        for start in range(0, len(shown), MASKS):
            part = slice(start, start + MASKS)
            if np.ptp(both[0][part]) >= MIN_RANGE:
                yield both[0][part], both[1][part], shown[part]


def _weights(scores: npt.NDArray[np.float64], shown: Shown) -> npt.NDArray[np.float64]:
    """Weight of each square by least squares: the map that a perturbation method would return."""
    design = np.column_stack([shown, np.ones(len(shown))])
    return np.asarray(np.linalg.lstsq(design, scores, rcond=None)[0][:-1])


def _rank(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    from scipy import stats

    if not np.isfinite(other).all() or np.ptp(other) == 0:
        return 0.0
    return float(stats.spearmanr(one, other).statistic)


def _error(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)) / np.ptp(one))
