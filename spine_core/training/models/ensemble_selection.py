"""Which of the trained graders answer together: every group of them asked about the patients of fold 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from spine_core.evaluation.metrics import QUESTIONS, Array, Truth, auroc, gradable, vote
from spine_core.evaluation.types import Answered
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.grading_network import GradingNetwork

RAREST = 10
"""Discs of either answer below which a question does not help to choose."""
AS_GOOD = 0.002
"""Mean AUROC by which a group may fall short of the best and be chosen for its speed: explanations ask thousands of
times, and a difference this small is within what another seed gives."""
FEWEST = 3
"""Networks of a group that may be chosen: with two of them a disagreement does not say which one stands alone."""


@dataclass(frozen=True)
class Group:
    """Graders by their names. ``auroc``: mean over all questions that can be asked; ``t2``, ``t1``: of one weighting.

    ``operations``: thousand million multiplications and additions for one disc.
    """

    members: tuple[str, ...]
    auroc: float
    t2: float
    t1: float
    operations: float


def groups(answers: Sequence[Answered], operations: Mapping[str, float]) -> list[Group]:
    """Every group of the networks that voted in ``answers``, the best first. Phantoms do not count.

    ``operations``: of each network, as ``operations_of`` counts them.
    """
    asked = list(_asked(answers))
    names = sorted(operations)
    found = []
    for count in range(1, len(names) + 1):
        for members in combinations(names, count):
            areas = defaultdict(list)
            for sequence, truth, odds in asked:
                areas[sequence].append(auroc(truth, np.mean([odds[name] for name in members], axis=0)))
            t1 = areas.pop("t1", [])
            t2 = [area for own in areas.values() for area in own]
            cost = sum(operations[name] for name in members)
            found.append(Group(members, _mean(t2 + t1), _mean(t2), _mean(t1), cost))
    return sorted(found, key=lambda group: -group.auroc)


def choose(found: Sequence[Group]) -> Group:
    """The group that computes least among those within ``AS_GOOD`` of the best, both of ``FEWEST`` networks or more.

    Where fewer were trained, all of them.
    """
    most = max(len(group.members) for group in found)
    large = [group for group in found if len(group.members) >= min(FEWEST, most)]
    best = max(group.auroc for group in large)
    return min((g for g in large if g.auroc >= best - AS_GOOD), key=lambda g: (g.operations, -g.auroc))


def operations_of(network: GradingNetwork) -> float:
    """Thousand million multiplications and additions that ``network`` needs for one disc, as torch counts them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    contract = network.preprocessing
    picture = torch.zeros(1, len(contract.channels), contract.size, contract.size)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network.module(picture)
    return float(counter.get_total_flops()) / 1e9


def _asked(answers: Sequence[Answered]) -> Iterator[tuple[str, Truth, dict[str, Array]]]:
    """Weighting, truth, and log-odds by network of every set, weighting and question with enough of both answers."""
    parts: dict[tuple[str, str], list[Answered]] = defaultdict(list)
    for one in answers:
        if one.source != "phantom":
            parts[(one.source, one.sequence)].append(one)
    for (_, sequence), part in sorted(parts.items()):
        for name, at_least in QUESTIONS:
            condition = BY_NAME[name]
            first = condition.grades.index(at_least)
            known = [one for one in part if name in one.truth and gradable(name, sequence)]
            truth = np.array([one.truth[name] >= int(at_least) for one in known], dtype=bool)
            if min(truth.sum(), (~truth).sum()) >= RAREST:
                votes = {member: vote(known, condition, member, first) for member in known[0].votes}
                yield sequence, truth, {member: _log_odds(share) for member, share in votes.items()}


def _mean(areas: Sequence[float]) -> float:
    return float(np.mean(areas)) if areas else float("nan")


def _log_odds(share: Array) -> Array:
    from scipy.special import logit

    # float32 probabilities of a sure network are 0 or 1.
    odds: Array = logit(np.clip(share, 1e-7, 1 - 1e-7))
    return odds
