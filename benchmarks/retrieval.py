"""Milliseconds of an exact search among many discs, next to scikit-learn's: ``python -m benchmarks.retrieval``."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.similar import similar_discs
from spine_core.retrieval.types import DiscQuery, Filters

GRADES = ("1", "2", "3", "4", "5")
COMPONENTS = 128
SIZES = (10_000, 100_000)
REPEATS = 20


def made(discs: int, rng: np.random.Generator) -> DiscIndex:
    """An index of random discs, ten of each patient."""
    embeddings = rng.normal(size=(discs, COMPONENTS)).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    distances = np.linspace(0.1, 0.9, 101, dtype=np.float32)
    return DiscIndex(
        network="",
        embeddings=embeddings,
        levels=np.array(["L4/L5", "L5/S1"])[rng.integers(2, size=discs)],
        patients=(np.arange(discs) // 10).astype(str),
        sources=np.full(discs, "spider"),
        weightings=np.full(discs, "t2"),
        grades=rng.integers(5, size=(discs, 1)).astype(np.int8),
        conditions={"pfirrmann": GRADES},
        stored_distances={("t2", "pfirrmann"): distances},
    )


def milliseconds(run: Callable[[], object]) -> float:
    """Median over ``REPEATS`` runs, after one."""
    run()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return 1000 * statistics.median(seconds)


def main() -> None:
    """Prints a table."""
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(0)
    print(
        f"{'discs':>8} {'search':>10} {'with filters':>13} {'scikit-learn':>13}   (ms, median of {REPEATS})"
    )
    for discs in SIZES:
        index = made(discs, rng)
        direction = index.embeddings[0] * 0.8 + index.embeddings[1] * 0.6
        direction /= np.linalg.norm(direction)
        query = DiscQuery(direction, "L4/L5", "t2", "pfirrmann", GRADES, "3")
        peer = NearestNeighbors(n_neighbors=5, metric="cosine", algorithm="brute").fit(index.embeddings)
        plain = milliseconds(partial(similar_discs, index, query))
        filtered = milliseconds(
            partial(similar_discs, index, query, Filters(same_level=True, same_grade=True))
        )
        other = milliseconds(partial(peer.kneighbors, query.embedding[None]))
        print(f"{discs:8d} {plain:10.1f} {filtered:13.1f} {other:13.1f}")


if __name__ == "__main__":
    main()
