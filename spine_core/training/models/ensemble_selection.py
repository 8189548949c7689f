"""Selects the members of the ensemble: every group of the trained graders, evaluated on the selection patients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from spine_core.evaluation.metrics import TASKS, Array, Truth, auroc, gradable, member_score
from spine_core.evaluation.types import DiscPrediction
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.grading_network import GradingNetwork

MIN_LABELS = 10
"""Labels of each class that a task needs to be used for the selection."""
TOLERANCE = 0.002
"""Loss of mean AUROC that is accepted for a faster group: explanations need thousands of model evaluations, and the
difference is smaller than the variation between seeds."""
MIN_MEMBERS = 3
"""Minimum size of the ensemble: if two networks disagree, none of them is the outlier."""


@dataclass(frozen=True)
class EnsembleCandidate:
    """A group of graders. ``auroc``: mean over all tasks with enough labels; ``t2``, ``t1``: over one weighting.

    ``operations``: billions of multiplications and additions per disc.
    """

    members: tuple[str, ...]
    auroc: float
    t2: float
    t1: float
    operations: float


def evaluate_candidates(
    predictions: Sequence[DiscPrediction], operations: Mapping[str, float]
) -> list[EnsembleCandidate]:
    """Every group of the networks in ``predictions``, the best first. Phantoms are ignored.

    ``operations``: ``giga_operations`` of each network.
    """
    tasks = list(_tasks(predictions))
    names = sorted(operations)
    candidates = []
    for count in range(1, len(names) + 1):
        for members in combinations(names, count):
            aurocs = defaultdict(list)
            for sequence, truth, odds in tasks:
                aurocs[sequence].append(auroc(truth, np.mean([odds[name] for name in members], axis=0)))
            t1 = aurocs.pop("t1", [])
            t2 = [value for own in aurocs.values() for value in own]
            cost = sum(operations[name] for name in members)
            candidates.append(EnsembleCandidate(members, _mean(t2 + t1), _mean(t2), _mean(t1), cost))
    return sorted(candidates, key=lambda one: -one.auroc)


def select_candidate(candidates: Sequence[EnsembleCandidate]) -> EnsembleCandidate:
    """The cheapest candidate within ``TOLERANCE`` of the best, among those with ``MIN_MEMBERS`` networks or more.

    If fewer networks were trained, the group of all of them.
    """
    most = max(len(group.members) for group in candidates)
    large = [group for group in candidates if len(group.members) >= min(MIN_MEMBERS, most)]
    best = max(group.auroc for group in large)
    return min((g for g in large if g.auroc >= best - TOLERANCE), key=lambda g: (g.operations, -g.auroc))


def giga_operations(network: GradingNetwork) -> float:
    """Billions of multiplications and additions per disc, as torch counts them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    preprocessing = network.preprocessing
    image = torch.zeros(1, len(preprocessing.channels), preprocessing.size, preprocessing.size)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network.module(image)
    return float(counter.get_total_flops()) / 1e9


def _tasks(predictions: Sequence[DiscPrediction]) -> Iterator[tuple[str, Truth, dict[str, Array]]]:
    """Weighting, truth, and log-odds by network, of every dataset, weighting and task with enough labels."""
    parts: dict[tuple[str, str], list[DiscPrediction]] = defaultdict(list)
    for one in predictions:
        if one.source != "phantom":
            parts[(one.source, one.sequence)].append(one)
    for (_, sequence), part in sorted(parts.items()):
        for name, at_least in TASKS:
            condition = BY_NAME[name]
            first = condition.grades.index(at_least)
            known = [one for one in part if name in one.truth and gradable(name, sequence)]
            truth = np.array([one.truth[name] >= int(at_least) for one in known], dtype=bool)
            if min(truth.sum(), (~truth).sum()) >= MIN_LABELS:
                scores = {
                    member: member_score(known, condition, member, first)
                    for member in known[0].member_probabilities
                }
                yield (
                    sequence,
                    truth,
                    {member: _log_odds(probability) for member, probability in scores.items()},
                )


def _mean(aurocs: Sequence[float]) -> float:
    return float(np.mean(aurocs)) if aurocs else float("nan")


def _log_odds(probability: Array) -> Array:
    from scipy.special import logit

    # Extreme float32 probabilities are exactly 0 or 1.
    odds: Array = logit(np.clip(probability, 1e-7, 1 - 1e-7))
    return odds
