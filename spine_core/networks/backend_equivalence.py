"""Does another way to compute a network's answers rank pictures, and parts of pictures, as torch does?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.grading.phantom_crops import phantom_image, true_disc
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.grading_network import Preprocessing
from spine_core.networks.target import Target
from spine_core.phantom import DEMO, build

DISCS = ("L2/L3", "L4/L5")
"""Of the demonstration study: an ordinary disc, and a dark one with a herniation, which is shown without T1."""

MASKS = 64
"""Pictures of each disc: the first as it is, of the others half the squares hidden at random."""

SIDE = 5
"""Squares along each side of the picture that are hidden or shown as one."""

SIGMA = 1 / 16
"""Of the blur that hidden squares show, as a share of the picture's side."""

RANKS = 0.99
"""Least Spearman correlation of the scores with torch's, for every target that the pictures move."""

MAPS = 0.95
"""The same for the weights of the squares, which rest on ``MASKS`` pictures here and on several hundred in earnest."""

ERROR = 0.05
"""Most that the scores may be off, root mean square, as a share of their range: ranks alone would forgive a scale."""

MOVED = 0.05
"""Log-odds. Scores that range over less are not ranked."""

Pictures = npt.NDArray[np.float32]
Shown = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class BackendEquivalence:
    """The worst over all targets and discs: correlations of the scores and of the maps, and the error's share."""

    scores: float
    maps: float
    error: float

    @property
    def enough(self) -> bool:
        """Whether explanations may be computed this way."""
        return self.scores >= RANKS and self.maps >= MAPS and self.error <= ERROR


def probe_inputs(contract: Preprocessing) -> tuple[Pictures, Shown]:
    """The same pictures every time, (discs * MASKS, channels, size, size), and which squares each shows."""
    phantom = build(DEMO)
    index = np.arange(contract.size) * SIDE // contract.size
    squares = index[:, None] * SIDE + index[None, :]
    random = np.random.default_rng(0)
    pictures, shown = [], []
    for number, level in enumerate(DISCS):
        pixels = phantom_image(contract, phantom, true_disc(phantom, level)).pixels.copy()
        if number:
            pixels[1:] = 0
        sigma = SIGMA * contract.size
        hidden = ndimage.gaussian_filter(pixels, (0, sigma, sigma), mode="nearest")
        seen = random.random((MASKS, SIDE * SIDE)) < 0.5
        seen[0] = True
        pictures.append(np.where(seen[:, None][:, :, squares], pixels, hidden))
        shown.append(seen)
    return np.concatenate(pictures).astype(np.float32), np.concatenate(shown)


def compare_backends(torchs: Pictures, others: Pictures, shown: Shown) -> BackendEquivalence:
    """How alike two sets of logits (discs * MASKS, LOGITS) for the pictures of ``probe`` are.

    All 0 where nothing moves the network: then nothing can be said.
    """
    found = [
        (_rank(one, other), _rank(_weights(one, seen), _weights(other, seen)), _error(one, other))
        for one, other, seen in _scores(torchs, others, shown)
    ]
    if not found:
        return BackendEquivalence(0.0, 0.0, 0.0)
    scores, maps, errors = zip(*found, strict=True)
    return BackendEquivalence(min(scores), min(maps), max(errors))


def _scores(
    torchs: Pictures, others: Pictures, shown: Shown
) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Shown]]:
    """Of every grade and every disc, both sets of log-odds and the squares shown, where the first set moves."""
    import torch

    for target in (Target(c.name, grade) for c in CONDITIONS for grade in c.grades):
        both = [target.log_odds(torch.from_numpy(one)).numpy().astype(np.float64) for one in (torchs, others)]
        for start in range(0, len(shown), MASKS):
            part = slice(start, start + MASKS)
            if np.ptp(both[0][part]) >= MOVED:
                yield both[0][part], both[1][part], shown[part]


def _weights(scores: npt.NDArray[np.float64], shown: Shown) -> npt.NDArray[np.float64]:
    """What each square adds, by least squares: the map that methods which hide parts would draw."""
    design = np.column_stack([shown, np.ones(len(shown))])
    return np.asarray(np.linalg.lstsq(design, scores, rcond=None)[0][:-1])


def _rank(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    from scipy import stats

    if not np.isfinite(other).all() or np.ptp(other) == 0:
        return 0.0
    return float(stats.spearmanr(one, other).statistic)


def _error(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)) / np.ptp(one))
