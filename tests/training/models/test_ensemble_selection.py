"""Selection of the ensemble's members, on predictions ranked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spine_core.anatomy.measurements import Measurements
from spine_core.evaluation.types import DiscPrediction
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.outputs import LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.training.models.ensemble_selection import (
    MIN_LABELS,
    EnsembleCandidate,
    evaluate_candidates,
    giga_operations,
    select_candidate,
)
from spine_core.weights import ModelId

EVEN = {c.name: np.full(len(c.grades), 1 / len(c.grades), dtype=np.float32) for c in CONDITIONS}
COSTS = {"a": 2.0, "b": 1.0, "c": 4.0}


def probabilities(p: float) -> dict[str, np.ndarray]:
    return EVEN | {"bulging": np.array([1 - p, p], dtype=np.float32)}


def predictions(
    count: int = MIN_LABELS, sequence: str = "t2", source: str = "sudirman"
) -> list[DiscPrediction]:
    """Positives and negatives: ``a`` separates them in the first half, ``b`` in the second, ``c`` never.

    A network is certain where it is right, and slightly wrong elsewhere.
    """
    found = []
    for truth in (1, 0):
        for i in range(count):
            sure, wrong = (0.9, 0.45) if truth else (0.1, 0.55)
            first = i < count / 2
            votes = {"a": sure if first else wrong, "b": wrong if first else sure, "c": 0.5}
            found.append(
                DiscPrediction(
                    source,
                    sequence,
                    str(i),
                    "L4/L5",
                    {"bulging": truth},
                    np.zeros(LOGITS, np.float32),
                    EVEN,
                    {name: probabilities(p) for name, p in votes.items()},
                    np.zeros(3, np.float32),
                    Measurements(),
                )
            )
    return found


def test_complementary_networks_are_better_together() -> None:
    found = {group.members: group for group in evaluate_candidates(predictions(), COSTS)}
    assert len(found) == 7, "every group of three networks, the empty one apart"
    # Alone: of the four quarters of all pairs only that in which both discs are of the other half is lost.
    assert found[("a",)].auroc == found[("b",)].auroc == pytest.approx(0.75)
    assert found[("c",)].auroc == 0.5
    assert found[("a", "b")].auroc == 1.0
    assert found[("a", "b")].operations == 3.0


def test_the_best_come_first_and_each_weighting_has_its_own_mean() -> None:
    found = evaluate_candidates([*predictions(), *predictions(sequence="t1")], COSTS)
    assert found[0].auroc == found[0].t2 == found[0].t1 == 1.0
    assert [g.auroc for g in found] == sorted((g.auroc for g in found), reverse=True)


def test_phantoms_and_rare_classes_do_not_affect_the_selection() -> None:
    for some in (predictions(source="phantom"), predictions(MIN_LABELS - 1)):
        assert all(np.isnan(group.auroc) for group in evaluate_candidates(some, COSTS))


def test_of_equally_good_ensembles_the_cheapest_of_three_or_more_is_selected() -> None:
    best = EnsembleCandidate(("a", "b", "c", "d"), 0.9000, 0.9, 0.9, 7.0)
    cheap = EnsembleCandidate(("a", "b", "c"), 0.8985, 0.9, 0.9, 3.0)
    worse = EnsembleCandidate(("b", "c", "d"), 0.8970, 0.9, 0.9, 2.0)
    few = EnsembleCandidate(("a", "b"), 0.9010, 0.9, 0.9, 1.0)
    assert select_candidate([few, best, cheap, worse]) == cheap


def test_two_networks_are_an_ensemble_where_there_are_no_more() -> None:
    assert select_candidate(evaluate_candidates(predictions(), {"a": 2.0, "b": 1.0})).members == ("a", "b")


def test_operations_equal_those_of_a_hand_computed_convolution() -> None:
    layer = torch.nn.Conv2d(2, 3, 3, padding=1, bias=False)
    network = GradingNetwork(layer, Preprocessing(size=8), ModelId("one", "0", "0"), torch.zeros(2, LOGITS))
    # At each of 64 places three kernels of 3 x 3 x 2, a multiplication and an addition.
    assert giga_operations(network) == pytest.approx(64 * 3 * 18 * 2 / 1e9)
