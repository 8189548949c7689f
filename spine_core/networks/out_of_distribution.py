"""Out-of-distribution detection: crops that are unlike the training discs are refused, not graded.

The score is the distance of a crop's embedding from those of the training discs: Mahalanobis in the space of their
principal components (Lee 2018, arXiv 1807.03888), combined with the residual outside that space.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.weights import load_card

Array = npt.NDArray[np.float32]

COMPONENTS = 48
"""Number of principal components; the residual outside them is one more coordinate."""


@dataclass(frozen=True, eq=False)
class OODDetector:
    """``mean``: (C,). ``basis``: (C, COMPONENTS), scaled to unit variance. ``rest``: typical length of the residual.

    ``limit``: distance above which a crop is out of distribution.
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
        """Distance of embeddings ``pooled`` (N, C) in standard deviations, (N,): about 1 for a typical disc."""
        centred = pooled - self.mean
        inside = centred @ self.basis
        directions = self.basis / np.linalg.norm(self.basis, axis=0)
        residual = np.linalg.norm(centred - (centred @ directions) @ directions.T, axis=1) / self.rest
        return np.asarray(np.sqrt((inside**2).mean(axis=1) / 2 + residual**2 / 2), dtype=np.float32)

    def is_ood(self, pooled: Array) -> list[bool]:
        """Whether each embedding (N, C) is further away than every disc held out in ``fit``."""
        return [bool(value) for value in self.distance(pooled) > self.limit]


def fit(pooled: Array, held_out: Array) -> OODDetector:
    """Fits the detector to embeddings of training discs ``pooled`` (N, C).

    The limit is the largest distance of the discs ``held_out`` (M, C), which are of other patients. It is that loose
    because the disc detector already rejects most images without discs, while refusing severely degenerated discs
    would harm readers.
    """
    mean = pooled.mean(axis=0)
    centred = pooled - mean
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    principal = directions[:COMPONENTS].T
    basis = principal / (sizes[:COMPONENTS] / np.sqrt(len(pooled)))
    residual = np.linalg.norm(centred - (centred @ principal) @ principal.T, axis=1)
    made = OODDetector(mean, basis.astype(np.float32), float(np.sqrt((residual**2).mean())), np.inf)
    limit = float(made.distance(held_out).max())
    return OODDetector(made.mean, made.basis, made.rest, limit)
