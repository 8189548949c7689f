"""Whether a crop looks like the discs that the networks learned from; what does not is refused, not graded.

The distance of the networks' pooled maps from those of training discs (Mahalanobis in the space of their main
components, Lee 2018, arXiv 1807.03888), with what lies outside that space counted too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.weights import load_card

Array = npt.NDArray[np.float32]

COMPONENTS = 48
"""Main components kept; what is left over is one number more."""


@dataclass(frozen=True, eq=False)
class OODDetector:
    """``mean`` (C,), ``basis`` (C, COMPONENTS) scaled to unit variance, ``rest``: typical length outside the basis.

    ``limit``: distance from which on a crop is strange.
    """

    mean: Array
    basis: Array
    rest: float
    limit: float

    @classmethod
    def load(cls, path: Path) -> OODDetector:
        """Reads ``path`` (safetensors) and its card. Raises ``WeightsError`` as for networks."""
        card = load_card(path)
        from safetensors.numpy import load_file

        parts = load_file(path)
        return cls(
            parts["mean"].astype(np.float32), parts["basis"].astype(np.float32), card["rest"], card["limit"]
        )

    def distance(self, pooled: Array) -> Array:
        """Root mean square of the coordinates of ``pooled`` (N, C), each in standard deviations: about 1 is usual."""
        centred = pooled - self.mean
        inside = centred @ self.basis
        directions = self.basis / np.linalg.norm(self.basis, axis=0)
        left = np.linalg.norm(centred - (centred @ directions) @ directions.T, axis=1) / self.rest
        return np.asarray(np.sqrt((inside**2).mean(axis=1) / 2 + left**2 / 2), dtype=np.float32)

    def is_ood(self, pooled: Array) -> list[bool]:
        """True for every crop that is further away than all discs kept aside were."""
        return [bool(value) for value in self.distance(pooled) > self.limit]


def fit(pooled: Array, aside: Array) -> OODDetector:
    """From training discs ``pooled`` (N, C); none of the discs ``aside``, of other patients, is strange.

    What is no disc hardly ever gets this far, for the localiser finds none in it: to refuse discs that are worn more
    than usual would cost readers more than it would save them.
    """
    mean = pooled.mean(axis=0)
    centred = pooled - mean
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    main = directions[:COMPONENTS].T
    basis = main / (sizes[:COMPONENTS] / np.sqrt(len(pooled)))
    left = np.linalg.norm(centred - (centred @ main) @ main.T, axis=1)
    made = OODDetector(mean, basis.astype(np.float32), float(np.sqrt((left**2).mean())), np.inf)
    limit = float(made.distance(aside).max())
    return OODDetector(made.mean, made.basis, made.rest, limit)
