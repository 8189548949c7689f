"""Exact nearest neighbours by the cosine, in NumPy: fast enough for 100,000 discs (``benchmarks/retrieval.py``)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

DISTANCE_BLOCK = 512
"""Rows whose distances to all others are held at once."""


def cosine_distances(embeddings: Array, query: Array) -> Array:
    """1 - cosine of unit rows (N, C) and a unit vector (C,): (N,), 0 to 2.

    Without rows C does not matter: an index in which no case was embedded yet has no columns.
    """
    if not len(embeddings):
        return np.empty(0, dtype=np.float32)
    return np.asarray(np.clip(1.0 - embeddings @ query, 0.0, 2.0), dtype=np.float32)


def nearest(
    distances: Array, allowed: npt.NDArray[np.bool_], count: int
) -> tuple[npt.NDArray[np.int64], Array]:
    """Rows of the ``count`` smallest of the allowed ``distances`` (N,), the nearest first, and their distances.

    Fewer where fewer are allowed; the earlier row is the nearer one where two are equally near.
    """
    rows = np.flatnonzero(allowed)
    count = min(count, len(rows))
    if count == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    own = distances[rows]
    # Ties at the last place are kept until the stable sort has seen them.
    near = np.flatnonzero(own <= np.partition(own, count - 1)[count - 1])
    rows = rows[near[np.argsort(own[near], kind="stable")][:count]]
    return rows, distances[rows]


def nearest_other_patient(embeddings: Array, patients: npt.NDArray[np.str_]) -> Array:
    """Distance of every row to the nearest row of another patient, (N,); infinite where there is no other patient."""
    _, numbers = np.unique(patients, return_inverse=True)
    found = np.empty(len(embeddings), dtype=np.float32)
    for start in range(0, len(embeddings), DISTANCE_BLOCK):
        part = slice(start, start + DISTANCE_BLOCK)
        distances = np.clip(1.0 - embeddings[part] @ embeddings.T, 0.0, 2.0)
        distances[numbers[part, None] == numbers[None]] = np.inf
        found[part] = distances.min(axis=1)
    return found
