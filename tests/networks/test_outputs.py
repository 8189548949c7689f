"""What logits mean under each activation, on cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from spine_core.networks.conditions import Condition, Scale
from spine_core.networks.outputs import Activation, Output, Outputs, in_sequence
from spine_core.networks.target import Target, TargetKind

STENOSIS = Condition(
    "stenosis",
    "Canal stenosis",
    ("0", "1", "2"),
    ("normal", "moderate", "severe"),
    Scale.ORDINAL,
    (),
    "Of RSNA 2024.",
)
KIND = Condition("kind", "Kind", ("a", "b", "c"), ("A", "B", "C"), Scale.CATEGORICAL, (), "No order.")
PRESENT = Condition("present", "Present", ("0", "1"), ("no", "yes"), Scale.BINARY, (), "Present or not.")


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


def target(
    output: Output, grade: str, kind: TargetKind = TargetKind.GRADE, contrast: str | None = None
) -> Target:
    return Target(output.condition.name, grade, kind, contrast, output)


def test_cumulative_logits_are_the_probabilities_of_reaching_a_grade() -> None:
    # P(moderate or worse) = 0.6, P(severe) = 0.1
    output, given = Output(STENOSIS, 0, 2, Activation.CUMULATIVE), torch.tensor([[logit(0.6), logit(0.1)]])
    np.testing.assert_allclose(output.log_probabilities(given).exp()[0].numpy(), [0.4, 0.5, 0.1], atol=1e-6)
    assert target(output, "1", TargetKind.AT_LEAST).log_odds(given).item() == pytest.approx(
        logit(0.6), abs=1e-5
    )
    assert target(output, "2").log_odds(given).item() == pytest.approx(logit(0.1), abs=1e-5)
    assert target(output, "1").log_odds(given).item() == pytest.approx(logit(0.5), abs=1e-5)


def test_cumulative_logits_that_cross_never_give_a_negative_probability() -> None:
    output, given = Output(STENOSIS, 0, 2, Activation.CUMULATIVE), torch.tensor([[logit(0.2), logit(0.7)]])
    found = output.log_probabilities(given).exp()[0].numpy()
    np.testing.assert_allclose(found, [0.8, 0.0, 0.2], atol=1e-6)


def test_softmax_of_ordered_grades_has_at_least_targets() -> None:
    output = Output(STENOSIS, 1, 4, Activation.SOFTMAX)
    given = torch.log(torch.tensor([[9.0, 0.7, 0.2, 0.1]]))
    np.testing.assert_allclose(output.log_probabilities(given).exp()[0].numpy(), [0.7, 0.2, 0.1], atol=1e-6)
    assert target(output, "1", TargetKind.AT_LEAST).log_odds(given).item() == pytest.approx(
        logit(0.3), abs=1e-5
    )


@pytest.mark.parametrize("activation", [Activation.SOFTMAX, Activation.CONTINUATION, Activation.CUMULATIVE])
def test_every_activation_of_an_ordinal_condition_sums_to_one_and_has_gradients(
    activation: Activation,
) -> None:
    torch.manual_seed(0)
    [output] = in_sequence([STENOSIS], [activation]).outputs
    given = (torch.randn(40, output.stop) * 5).requires_grad_()
    assert torch.allclose(output.log_probabilities(given).exp().sum(dim=1), torch.ones(40), atol=1e-5)
    for one in (
        target(output, "1"),
        target(output, "2", TargetKind.AT_LEAST),
        target(output, "2", TargetKind.VERSUS, "0"),
    ):
        (gradient,) = torch.autograd.grad(one.log_odds(given).sum(), given)
        assert torch.isfinite(gradient).all()
        assert gradient.abs().sum() > 0


def test_outputs_follow_each_other_and_are_found_by_name() -> None:
    outputs = in_sequence([STENOSIS, KIND, PRESENT])
    assert [(one.start, one.stop) for one in outputs.values()] == [(0, 2), (2, 5), (5, 6)]
    assert outputs.logits == 6
    assert outputs["kind"].condition is KIND
    assert "gout" not in outputs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((STENOSIS, 0, 1, Activation.SIGMOID), "two grades"),
        ((KIND, 0, 2, Activation.CUMULATIVE), "order"),
        ((STENOSIS, 0, 2, Activation.SOFTMAX), "needs 3 logits"),
        ((PRESENT, -1, 0, Activation.SIGMOID), "needs 1 logits"),
    ],
)
def test_outputs_that_do_not_fit_their_activation_are_refused(
    arguments: tuple[Condition, int, int, Activation], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Output(*arguments)


def test_two_outputs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="different names"):
        Outputs((Output(PRESENT, 0, 1, Activation.SIGMOID), Output(PRESENT, 1, 2, Activation.SIGMOID)))
    with pytest.raises(ValueError, match="none"):
        Outputs(())
