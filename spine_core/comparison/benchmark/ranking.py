"""Ranking of methods on pairs of phantoms, with intervals over the pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spine_core.explanation.registry import CONTROLS, REGISTRY

CONTROL_NAMES = frozenset(method.name for method in CONTROLS)

DRAWS = 1000
"""Bootstrap resamples of the pairs."""


@dataclass(frozen=True)
class Score:
    """One method on one pair.

    ``auroc``: of relevance as a detector of the changed blocks, 0.5 by chance. ``pointing_game``: whether the highest
    relevant block is a changed one. ``relevance_drop``: fraction of the relevance on the changed region that disappears
    with the lesion: 1 for all, 0 for none, negative where it increases.
    """

    method: str
    lesion: str
    level: str
    seed: int
    auroc: float
    pointing_game: bool
    relevance_drop: float


@dataclass(frozen=True)
class MethodRank:
    """One method over all pairs: means with 95 % intervals, and the interval of its rank by ``auroc``.

    ``gain``: ``auroc`` minus that of the best control, over the same draws of pairs; None without a control.
    """

    method: str
    pairs: int
    auroc: tuple[float, float, float]
    pointing_game: tuple[float, float, float]
    relevance_drop: tuple[float, float, float]
    rank: tuple[int, int, int]
    gain: tuple[float, float, float] | None = None


def rank_methods(found: Sequence[Score], seed: int = 0) -> tuple[MethodRank, ...]:
    """The methods from best to worst by ``auroc``, with 95 % intervals by a bootstrap over pairs."""
    methods = list(dict.fromkeys(one.method for one in found))
    table = {
        name: np.array(
            [
                [one.auroc, float(one.pointing_game), one.relevance_drop]
                for one in found
                if one.method == name
            ],
            dtype=float,
        )
        for name in methods
    }
    count = len(next(iter(table.values())))
    draws = np.random.default_rng(seed).integers(0, count, (DRAWS, count))
    means = np.stack([table[name][draws].mean(axis=1) for name in methods])
    ranks = 1 + (-means[:, :, 0]).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    order = sorted(range(len(methods)), key=lambda number: -table[methods[number]][:, 0].mean())
    best = next((number for number in order if methods[number] in CONTROL_NAMES), None)
    out = []
    for position, number in enumerate(order, start=1):
        low, high = np.quantile(means[number], [0.025, 0.975], axis=0)
        values = [
            (float(mean), float(a), float(b))
            for mean, a, b in zip(table[methods[number]].mean(axis=0), low, high, strict=True)
        ]
        span = np.quantile(ranks[number], [0.025, 0.975], method="nearest").astype(int)
        rank = (position, int(span[0]), int(span[1]))
        gain = None
        if best is not None:
            difference = table[methods[number]][:, 0].mean() - table[methods[best]][:, 0].mean()
            lowest, highest = np.quantile(means[number, :, 0] - means[best, :, 0], [0.025, 0.975])
            gain = (float(difference), float(lowest), float(highest))
        out.append(MethodRank(methods[number], count, values[0], values[1], values[2], rank, gain))
    return tuple(out)


def lines(ranked: Sequence[MethodRank]) -> Iterator[str]:
    """The lines of the ranking as a text table."""
    yield f"{'rank':<12} {'method':<22} {'AUROC':<20} {'pointing game':<20} {'relevance drop':<20}"
    for one in ranked:
        figures = " ".join(
            f"{mean:5.2f} ({low:.2f} to {high:.2f})".ljust(20)
            for mean, low, high in (one.auroc, one.pointing_game, one.relevance_drop)
        )
        rank = f"{one.rank[0]} ({one.rank[1]}-{one.rank[2]})"
        yield f"{rank:<12} {REGISTRY[one.method].label:<22} {figures}"
    yield f"{ranked[0].pairs} pairs of phantoms, 95 % intervals over pairs."
