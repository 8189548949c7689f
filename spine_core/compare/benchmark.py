"""Explanations against a known truth: pairs of phantoms that differ in one lesion only.

Each pair is one person, with the lesion and without. A map of the lesion's grade ought to lie on what changed in the
picture, and to leave that place when the lesion goes. Methods are ranked, controls among them, with intervals over
the pairs. Figures on phantoms say nothing of how well a network grades patients.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from spine_core import DISCLAIMER, __version__
from spine_core.compare.grid import to_grid
from spine_core.compare.pairs import CHANGED, FIRST_SEED, Pair, pairs
from spine_core.explain.model import Explanation
from spine_core.explain.registry import EXPLAINERS, REGISTRY, explain
from spine_core.grading.network import Network

GRID = 24
"""Blocks per side on which maps and changes are compared, the same for coarse and fine methods."""

DRAWS = 1000
"""Bootstrap draws of pairs."""

CONTROLS = ("random", "blurred_random", "edges", "random_cam")


@dataclass(frozen=True)
class Score:
    """One method on one pair.

    ``found``: chance that a changed block ranks above an unchanged one (area under the ROC curve), 0.5 by luck.
    ``hit``: whether the strongest block is a changed one. ``left``: share of the relevance on the changed place that
    goes with the lesion; 0 for a map that stays, 1 for one that goes, below 0 for one that grows.
    """

    method: str
    lesion: str
    level: str
    seed: int
    found: float
    hit: bool
    left: float


@dataclass(frozen=True)
class Standing:
    """One method over all pairs: means with 95 % intervals, and the span of its rank by ``found``."""

    method: str
    pairs: int
    found: tuple[float, float, float]
    hit: tuple[float, float, float]
    left: tuple[float, float, float]
    rank: tuple[int, int, int]


def scores(
    network: Network, given: Sequence[Pair], methods: Sequence[str], log: Callable[[str], None]
) -> list[Score]:
    """Every method on every pair, both sides with the pair's own seed, so that each pair has other random controls."""
    out = []
    for number, pair in enumerate(given, start=1):
        for method in methods:
            ill, well = (
                explain(method, network, image, pair.target, pair.seed) for image in (pair.ill, pair.well)
            )
            out.append(_score(pair, ill, well))
        log(f"pair {number} of {len(given)}: {pair.lesion} at {pair.level}")
    return out


def standings(found: Sequence[Score], seed: int = 0) -> tuple[Standing, ...]:
    """The methods from best to worst by ``found``; pairs are drawn anew for the intervals."""
    methods = list(dict.fromkeys(one.method for one in found))
    table = {
        name: np.array(
            [[one.found, float(one.hit), one.left] for one in found if one.method == name], dtype=float
        )
        for name in methods
    }
    count = len(next(iter(table.values())))
    draws = np.random.default_rng(seed).integers(0, count, (DRAWS, count))
    means = np.stack([table[name][draws].mean(axis=1) for name in methods])
    ranks = 1 + (-means[:, :, 0]).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    order = sorted(range(len(methods)), key=lambda number: -table[methods[number]][:, 0].mean())
    out = []
    for place, number in enumerate(order, start=1):
        low, high = np.quantile(means[number], [0.025, 0.975], axis=0)
        values = [
            (float(mean), float(a), float(b))
            for mean, a, b in zip(table[methods[number]].mean(axis=0), low, high, strict=True)
        ]
        span = np.quantile(ranks[number], [0.025, 0.975], method="nearest").astype(int)
        rank = (place, int(span[0]), int(span[1]))
        out.append(Standing(methods[number], count, values[0], values[1], values[2], rank))
    return tuple(out)


def run(network: Network, count: int, methods: Sequence[str], out: Path, log: Callable[[str], None]) -> Path:
    """The whole benchmark: writes ``benchmark.json`` into folder ``out`` and tells the table line by line.

    The controls are always there. Raises ``ValueError`` for an unknown method, or where no pair is graded correctly.
    """
    asked = [*(methods or [method.name for method in EXPLAINERS]), *CONTROLS]
    unknown = [name for name in asked if name not in REGISTRY]
    if unknown:
        msg = f"unknown method {', '.join(unknown)}; known: {', '.join(REGISTRY)}"
        raise ValueError(msg)
    given = list(pairs(network, count))
    if not given:
        msg = "the network grades no pair of phantoms correctly, so nothing can be tested"
        raise ValueError(msg)
    found = scores(network, given, list(dict.fromkeys(asked)), log)
    ranked = standings(found)
    out.mkdir(parents=True, exist_ok=True)
    path = out / "benchmark.json"
    everything = {
        "disclaimer": DISCLAIMER,
        "spinelens": __version__,
        "synthetic": True,
        "model": asdict(network.id),
        "settings": {"changed": CHANGED, "grid": GRID, "draws": DRAWS, "first_seed": FIRST_SEED},
        "standings": [asdict(one) for one in ranked],
        "scores": [asdict(one) for one in found],
    }
    path.write_text(json.dumps(everything, indent=1) + "\n")
    for line in lines(ranked):
        log(line)
    return path


def lines(ranked: Sequence[Standing]) -> Iterator[str]:
    """The standings as text."""
    yield f"{'rank':<12} {'method':<22} {'on what changed':<20} {'strongest there':<20} {'goes with the lesion':<20}"
    for one in ranked:
        figures = " ".join(
            f"{mean:5.2f} ({low:.2f} to {high:.2f})".ljust(20)
            for mean, low, high in (one.found, one.hit, one.left)
        )
        rank = f"{one.rank[0]} ({one.rank[1]}-{one.rank[2]})"
        yield f"{rank:<12} {REGISTRY[one.method].label:<22} {figures}"
    yield f"{ranked[0].pairs} pairs of phantoms, 95 % intervals over pairs."


def _score(pair: Pair, ill: Explanation, well: Explanation) -> Score:
    from sklearn.metrics import roc_auc_score

    side = min(GRID, pair.changed.shape[0])
    truth = to_grid(pair.changed.astype(float), (side, side)) >= 0.5
    if not truth.any():
        truth = to_grid(pair.changed.astype(float), (side, side)) > 0
    before, after = (to_grid(np.maximum(one.map, 0), (side, side)) for one in (ill, well))
    there, gone = float(before[truth].mean()), float(after[truth].mean())
    return Score(
        method=ill.method,
        lesion=pair.lesion,
        level=pair.level,
        seed=pair.seed,
        found=float(roc_auc_score(truth.ravel(), before.ravel())),
        hit=bool(truth.ravel()[int(before.argmax())]) and bool(before.any()),
        left=max(-1.0, (there - gone) / there) if there > 0 else 0.0,
    )
