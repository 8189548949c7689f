"""The detector's weights, assembled from two states."""

from __future__ import annotations

import torch

from spine_core.anatomy import detector
from spine_core.training.models.detector import average_weights


def test_weights_are_averaged_and_counters_are_not() -> None:
    before = {"weight": torch.tensor([1.0, -2.0]), "seen": torch.tensor(3)}
    after = {"weight": torch.tensor([2.0, 2.0]), "seen": torch.tensor(9)}
    mean = average_weights(before, after)
    assert mean["weight"].tolist() == [1.5, 0.0]
    assert mean["seen"].item() == 9


def test_averaged_detector_weights_load_into_a_detector() -> None:
    first, second = detector.build(), detector.build()
    third = detector.build()
    third.load_state_dict(average_weights(first.state_dict(), second.state_dict()))
    name, weight = next(iter(third.named_parameters()))
    expected = (dict(first.named_parameters())[name] + dict(second.named_parameters())[name]) / 2
    assert torch.equal(weight, expected)
