"""Pretraining by reconstructing masked cells: the task, and that it is learned without labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spine_core.networks.architectures import build
from spine_core.networks.preprocessing import Preprocessing
from spine_core.results.training_plans import TrainingPlan
from spine_core.training.ablations.pretraining import PATCH, pretrain, random_mask, reconstruction_loss
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from tests.training.ablations.conftest import SIZE, Made

CONTRACT = Preprocessing(size=SIZE)


def restored(crops: Crops, out: Path, epochs: int = 1) -> tuple[dict[str, torch.Tensor], list[float]]:
    """Weights, and the loss of every epoch."""
    lines: list[str] = []
    plan = TrainingPlan(epochs=epochs, batch=6, learning_rate=3e-3)
    state = pretrain(crops, CONTRACT, out, backbone="efficientnet_lite0", plan=plan, log=lines.append)
    return state, [float(line.split()[3]) for line in lines]


def test_sixty_percent_of_the_patches_are_masked() -> None:
    mask = random_mask(3, 5 * PATCH, np.random.default_rng(0))
    assert mask.shape == (3, 1, 80, 80)
    cells = mask.reshape(3, 5, PATCH, 5, PATCH).float().mean(dim=(2, 4))
    assert set(cells.flatten().tolist()) == {0.0, 1.0}
    assert cells.sum(dim=(1, 2)).tolist() == [15.0, 15.0, 15.0]
    assert not torch.equal(cells[0], cells[1])


def test_loss_counts_only_masked_pixels_of_present_weightings() -> None:
    targets = torch.zeros(1, 2, 2, 2)
    targets[0, 0] = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    mask = torch.tensor([[[[True, False], [False, True]]]])
    # |0 - 1| and |0 - 4| of T2; T1 is absent, whatever is restored there
    guess = torch.zeros(1, 2, 2, 2)
    guess[0, 1] = 9.0
    assert reconstruction_loss(guess, targets, mask).item() == pytest.approx(2.5)


def test_pretraining_uses_no_labels_and_returns_the_backbones_weights(made: Made, tmp_path: Path) -> None:
    crops = made((2, 3, 4))
    blind = replace(crops, labels=np.full_like(crops.labels, UNKNOWN))
    (state, _), (other, _) = restored(crops, tmp_path / "a.pt"), restored(blind, tmp_path / "b.pt")
    assert all(torch.equal(state[name], other[name]) for name in state)
    torch.manual_seed(0)
    own = build("efficientnet_lite0", 2).state_dict()
    assert set(state) == {name for name in own if not name.startswith("classifier.")}
    assert all(state[name].shape == own[name].shape for name in state)
    assert not torch.equal(state["features.0.0.weight"], own["features.0.0.weight"])


@pytest.mark.slow
def test_reconstruction_improves_where_images_have_structure(made: Made, tmp_path: Path) -> None:
    crops = made((2, 3, 4))
    side = crops.pixels.shape[-1]
    ramp = np.broadcast_to(np.linspace(20, 230, side).astype(np.uint8), crops.pixels.shape)
    crops = replace(crops, pixels=np.where(crops.present[..., None, None], ramp, 0).astype(np.uint8))
    _, losses = restored(crops, tmp_path / "ramp.pt", epochs=15)
    assert losses[-1] < 0.6 * losses[0]
