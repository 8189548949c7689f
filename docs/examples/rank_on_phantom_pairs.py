"""Rank explanation methods on phantom pairs: one synthetic person with a lesion and without, all else equal.

The blocks that differ are the truth. A map of the lesion's grade should rank them above the others (AUROC; 0.5 by
chance). ``spinelens benchmark`` does this on hundreds of pairs, with bootstrap intervals.
Run it with ``.venv/bin/python -m docs.examples.rank_on_phantom_pairs``.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from spine_core.comparison.benchmark.phantom_pairs import pairs
from spine_core.comparison.metrics.grid import to_grid
from spine_core.explanation.registry import explain
from spine_core.networks.registry import load_bundle

GRID = (24, 24)
"""Blocks on which coarse and fine maps are compared alike."""

METHODS = ("grad_cam", "integrated_gradients", "edges", "random")
"""The last two are controls: they do not depend on the network."""

SETTINGS: dict[str, dict[str, float | int | str]] = {"integrated_gradients": {"gradients": 16}}


def main(count: int = 2) -> dict[str, float]:
    """Mean AUROC of every method over ``count`` pairs of herniations, the best method first."""
    network = load_bundle().grader
    scores: dict[str, list[float]] = {method: [] for method in METHODS}
    for pair in pairs(network, count, lesions=("herniation",)):
        for method in METHODS:
            found = explain(method, network, pair.lesion_image, pair.target, pair.seed, SETTINGS.get(method))
            relevance = to_grid(np.maximum(found.attribution, 0), GRID)
            changed = to_grid(pair.changed.astype(float), GRID) >= 0.5
            scores[method].append(float(roc_auc_score(changed.ravel(), relevance.ravel())))
    means = {method: float(np.mean(values)) for method, values in scores.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


if __name__ == "__main__":
    for method, auroc in main().items():
        print(f"{method:<12} AUROC {auroc:.2f}")
