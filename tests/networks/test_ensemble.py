"""Ensembles: the mean of the members' logits, their concatenated feature maps, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from scipy import ndimage

from spine_core.explanation.cam.base import upsample
from spine_core.networks.architectures import BUILDERS, build
from spine_core.networks.ensemble import Ensemble, resample_area
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.outputs import LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import ENSEMBLE, WEIGHTS
from spine_core.networks.target import Target
from spine_core.weights import ModelId, WeightsError

SIZE = 64


def member(architecture: str, name: str = "", size: int = SIZE) -> GradingNetwork:
    torch.manual_seed(len(architecture))
    calibration = torch.stack([torch.full((LOGITS,), 30.0), torch.linspace(-1, 1, LOGITS)])
    model = ModelId(name or architecture, "0", "0" * 64)
    return GradingNetwork(build(architecture, 2), Preprocessing(size=size), model, calibration, architecture)


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    calibration = torch.stack([torch.full((LOGITS,), 2.0), torch.full((LOGITS,), 0.5)])
    return Ensemble([member(a) for a in BUILDERS], ModelId("ensemble", "0", "1" * 64), calibration)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((3, 2, SIZE, SIZE)).astype(np.float32)


@pytest.mark.parametrize("architecture", BUILDERS)
def test_features_and_head_give_the_logits_of_torchvisions_forward(architecture, images) -> None:
    network = member(architecture)
    slope, offset = network._calibration
    with torch.inference_mode():
        whole = network.module(torch.from_numpy(images)) * slope + offset
        halves = network.logits(torch.from_numpy(images))
    assert halves.std() > 0.1
    torch.testing.assert_close(halves, whole, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("architecture", BUILDERS)
def test_a_crop_of_192_pixels_has_twelve_by_twelve_cells_that_are_never_negative(architecture) -> None:
    network = member(architecture, size=192)
    with torch.inference_mode():
        maps = network.features(torch.randn(1, 2, 192, 192))
    side = 8 if architecture.endswith("_coarse") else 12
    assert maps.shape == (1, network.feature_layout[0][0], side, side)
    assert network.cells == side
    assert maps.min() >= 0


def test_the_ensembles_logits_are_the_calibrated_mean_of_its_members(ensemble, images) -> None:
    output = ensemble.predict(images)
    ensemble_logits, votes = output.logits, output.member_logits
    assert output.embedding.shape == (3, 512 + 256 + 1024 + 1280 + 1280 + 1280 + 1280)
    assert set(votes) == set(BUILDERS)
    for network in ensemble.members:
        np.testing.assert_array_equal(votes[network.id.name], network.predict_logits(images))
    np.testing.assert_allclose(
        ensemble_logits, 2.0 * sum(votes.values()) / len(BUILDERS) + 0.5, rtol=1e-5, atol=1e-5
    )
    target = Target("bulging", "1")
    assert ensemble.score(images, target) == pytest.approx(ensemble_logits[:, 4], abs=1e-6)


def test_the_maps_of_all_members_give_the_logits_of_the_ensemble(ensemble, images) -> None:
    with torch.inference_mode():
        maps = ensemble.features(torch.from_numpy(images))
        ensemble_logits = ensemble.head(maps).numpy()
    assert maps.shape[1] == 512 + 256 + 1024 + 1280 + 1280 + 1280 + 1280
    np.testing.assert_allclose(ensemble_logits, ensemble.predict_logits(images), rtol=1e-4, atol=1e-4)


def test_a_coarser_grid_is_resampled_by_area_and_preserves_its_mean() -> None:
    # Two cells on three: the middle one takes half of each. By rows and by columns.
    maps = torch.tensor([[[[4.0, 8.0], [0.0, 2.0]]]])
    expected = torch.tensor([[[[4.0, 6.0, 8.0], [2.0, 3.5, 5.0], [0.0, 1.0, 2.0]]]])
    torch.testing.assert_close(resample_area(maps, 2, 3), expected)
    torch.manual_seed(0)
    many = torch.rand(2, 5, 8, 8)
    torch.testing.assert_close(resample_area(many, 8, 12).mean((2, 3)), many.mean((2, 3)))
    assert resample_area(many, 8, 8) is many


@pytest.mark.parametrize("row", [2, 3, 4])
def test_a_coarse_cell_has_the_same_position_alone_and_in_an_ensemble(row) -> None:
    coarse = member("efficientnet_lite0_coarse", size=192)
    ensemble = Ensemble(
        [member("resnet14", size=192), coarse], ModelId("e", "0", "1" * 64), torch.ones(2, LOGITS)
    )
    maps = torch.zeros(1, 1, 8, 8)
    maps[..., row, 4] = 1.0
    ((_, alone_start),), (fine_start, coarse_start) = (
        coarse.feature_layout,
        [first for _, first in ensemble.feature_layout],
    )
    assert fine_start == 0.0
    # Two thirds of the pixels: the first one's middle, 0.5 of its own, is 0.75 of the view's, whose own is 0.5.
    place = 24 * row + 0.25, 24 * 4 + 0.25
    assert ndimage.center_of_mass(upsample(maps[0, 0].numpy(), 192, alone_start)) == pytest.approx(
        place, abs=0.01
    )
    # A cell and a half: what is shared out is even within each, so the middle may move by a twelfth of a fine cell.
    shared = upsample(resample_area(maps, 8, 12)[0, 0].numpy(), 192, coarse_start)
    assert ndimage.center_of_mass(shared) == pytest.approx(place, abs=16 / 12 + 0.01)


@pytest.mark.parametrize("size", [64, 192])
def test_a_coarse_network_resamples_as_torchs_interpolate(size) -> None:
    torch.manual_seed(0)
    images = torch.randn(2, 2, size, size)
    seen = build("efficientnet_lite0_coarse", 2).features.coarser(images)
    expected = torch.nn.functional.interpolate(images, seen.shape[2:], mode="bilinear", antialias=True)
    assert seen.shape[-1] == {64: 48, 192: 128}[size]
    torch.testing.assert_close(seen, expected, rtol=1e-4, atol=1e-5)


def test_members_with_different_preprocessing_are_refused() -> None:
    calibration = torch.ones(2, LOGITS)
    with pytest.raises(ValueError, match="share one preprocessing, got 2"):
        Ensemble([member("resnet18"), member("resnet18", size=96)], ModelId("e", "0", "1" * 64), calibration)


def test_a_member_that_was_exchanged_is_refused(tmp_path) -> None:
    card = json.loads((WEIGHTS / ENSEMBLE).read_text())
    card["members"] = card["members"][:1]
    name = card["members"][0]["file"]
    for suffix in (".safetensors", ".json"):
        (tmp_path / name).with_suffix(suffix).symlink_to((WEIGHTS / name).with_suffix(suffix))
    (tmp_path / ENSEMBLE).write_text(json.dumps(card))
    assert len(Ensemble.load(tmp_path / ENSEMBLE).members) == 1
    card["members"][0]["sha256"] = "0" * 64
    (tmp_path / ENSEMBLE).write_text(json.dumps(card))
    with pytest.raises(WeightsError, match=r"not the file with which ensemble\.json was calibrated"):
        Ensemble.load(tmp_path / ENSEMBLE)
    with pytest.raises(WeightsError, match=r"the card nothing\.json is missing"):
        Ensemble.load(tmp_path / "nothing.json")
