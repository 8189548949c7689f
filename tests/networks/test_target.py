"""The target score, on cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS, log_probabilities
from spine_core.networks.target import Target, TargetKind


def logits(**parts: list[float]) -> torch.Tensor:
    out = torch.zeros(1, LOGITS)
    for name, values in parts.items():
        out[0, LOGIT_SLICES[name]] = torch.tensor(values)
    return out


def test_every_logit_belongs_to_exactly_one_condition() -> None:
    covered = [i for part in LOGIT_SLICES.values() for i in range(part.start, part.stop)]
    assert covered == list(range(LOGITS))
    assert LOGITS == 4 + 4 + 8  # Pfirrmann's four thresholds, four Modic types, eight yes-or-no conditions


@pytest.mark.parametrize("condition", [c.name for c in CONDITIONS])
def test_probabilities_of_all_grades_sum_to_one(condition: str) -> None:
    torch.manual_seed(0)
    total = log_probabilities(torch.randn(50, LOGITS) * 6, condition).exp().sum(dim=1)
    assert torch.allclose(total, torch.ones(50), atol=1e-5)


def test_log_odds_of_a_present_binary_condition_is_its_logit() -> None:
    for value in (-40.0, -1.5, 0.0, 2.0, 40.0):
        scores = Target("bulging", "1").log_odds(logits(bulging=[value]))
        assert scores.item() == pytest.approx(value)
        assert Target("bulging", "0").log_odds(logits(bulging=[value])).item() == pytest.approx(
            -value, abs=2e-2
        )


def test_an_ordinal_grade_has_the_probability_of_reaching_it_and_not_the_next() -> None:
    # Steps of 0.9, 0.7 / 0.9, 0.4 / 0.7 and 0.1 / 0.4: at least II 0.9, III 0.7, IV 0.4, V 0.1.
    steps = [0.9, 0.7 / 0.9, 0.4 / 0.7, 0.1 / 0.4]
    given = logits(pfirrmann=[math.log(p / (1 - p)) for p in steps])
    probabilities = log_probabilities(given, "pfirrmann").exp()[0].numpy()
    np.testing.assert_allclose(probabilities, [0.1, 0.2, 0.3, 0.3, 0.1], atol=1e-5)
    assert Target("pfirrmann", "3").log_odds(given).item() == pytest.approx(math.log(0.3 / 0.7), abs=1e-4)
    at_least_4 = Target("pfirrmann", "4", TargetKind.AT_LEAST).log_odds(given)
    assert at_least_4.item() == pytest.approx(math.log(0.4 / 0.6), abs=1e-5)


def test_a_contrast_is_the_difference_of_two_log_probabilities() -> None:
    given = logits(modic=[1.0, 0.0, 2.5, -1.0])
    assert Target("modic", "2", TargetKind.VERSUS, "0").log_odds(given).item() == pytest.approx(1.5, abs=1e-5)


def test_the_score_has_a_gradient_for_every_kind_of_target() -> None:
    for target in (
        Target("pfirrmann", "3"),
        Target("pfirrmann", "3", TargetKind.AT_LEAST),
        Target("modic", "2", TargetKind.VERSUS, "0"),
        Target("herniation", "1"),
    ):
        given = torch.randn(3, LOGITS, requires_grad=True)
        target.log_odds(given).sum().backward()
        assert given.grad is not None
        assert given.grad[:, LOGIT_SLICES[target.condition]].abs().sum() > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gout", "1"), "unknown condition 'gout'"),
        (("bulging", "2"), "has no grade '2'"),
        (("bulging", "1", TargetKind.AT_LEAST), "not ordinal"),
        (("pfirrmann", "1", TargetKind.AT_LEAST), "at least grade '1'"),
        (("modic", "1", TargetKind.VERSUS), "two different grades"),
        (("modic", "1", TargetKind.VERSUS, "1"), "two different grades"),
        (("modic", "1", TargetKind.GRADE, "2"), "two different grades"),
    ],
)
def test_invalid_targets_are_refused(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Target(*arguments)  # type: ignore[arg-type]
