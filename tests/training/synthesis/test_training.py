"""Both trainings on discs of two modes: bright ones of grade 2 and dark ones of grade 4."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spine_core.networks.conditions import CONDITIONS
from spine_core.results.training_plans import GeneratorPlan
from spine_core.synthesis.architecture import build_unet
from spine_core.synthesis.conditions import TOKEN_SIZES
from spine_core.synthesis.generator import Generator
from spine_core.synthesis.resize import SIDE
from spine_core.synthesis.sampling import sample_tokens
from spine_core.training.synthesis.examples import Examples, examples
from spine_core.training.synthesis.export import export_generator
from spine_core.training.synthesis.flow_training import draw_batch, learning_rate, train_flow
from spine_core.training.synthesis.gan_training import train_gan
from tests.training.synthesis.crops import crops

PLAN = GeneratorPlan(
    steps=120,
    batch=8,
    widths=(16, 16, 16),
    learning_rate=1e-2,
    warmup=5,
    average=0.9,
    checkpoint_steps=40,
)
BRIGHT, DARK = 1.0, -1.0


@pytest.fixture
def two_modes():
    grades = np.arange(16) % 2
    images = np.where(grades, DARK, BRIGHT)[:, None, None, None, None] * np.ones((16, 1, 2, SIDE, SIDE))
    labels = np.full((16, 2, len(CONDITIONS)), -1, np.int8)
    labels[:, :, 0] = np.where(grades, 4, 2)[:, None]
    patients = np.array([f"p{number}" for number in range(16)])
    return Examples(images.astype(np.float16), np.ones((16, 2), bool), labels, np.full(16, 4), patients)


@pytest.mark.slow
def test_the_flow_learns_the_brightness_of_each_grade(two_modes, tmp_path, one_thread):
    weights, history = train_flow(two_modes, two_modes, PLAN, tmp_path / "flow.pt", log=lambda _: None)
    assert [row[0] for row in history] == [40, 80, 120]
    assert history[-1][2] < history[0][2]
    card = {"name": "tiny", "architecture": "U-Net", "command": "none"}
    made = Generator.load(export_generator(weights, tmp_path / "tiny.safetensors", PLAN, history, **card))
    bright, dark = two_modes.tokens(np.array([0, 1]))
    found = sample_tokens(made, np.stack([bright, dark]), steps=6)
    assert found[0].mean() - found[1].mean() > 0.5


def test_an_interrupted_training_resumes_to_the_same_weights(two_modes, tmp_path, one_thread):
    plan = replace(PLAN, steps=6, checkpoint_steps=3)
    whole, _ = train_flow(two_modes, two_modes, plan, tmp_path / "whole.pt", log=lambda _: None)

    class Interrupted(Exception):
        pass

    def stop(text):
        if text.startswith("step 6"):
            raise Interrupted

    with pytest.raises(Interrupted):
        train_flow(two_modes, two_modes, plan, tmp_path / "parts.pt", log=stop)
    parts, history = train_flow(two_modes, two_modes, plan, tmp_path / "parts.pt", log=lambda _: None)
    assert [row[0] for row in history] == [3, 6]
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_the_gan_trains_and_its_images_lack_what_is_not_asked_for(two_modes, tmp_path, one_thread):
    from spine_core.synthesis.gan import Gan, build_gan

    plan = replace(PLAN, steps=4, checkpoint_steps=2)
    weights, history = train_gan(two_modes, plan, tmp_path / "gan.pt", log=lambda _: None)
    assert [row[0] for row in history] == [2, 4]
    assert np.isfinite(history).all()
    fresh = build_gan().state_dict()
    assert any(not torch.equal(weights[name], fresh[name]) for name in weights)
    card = {"name": "tiny", "architecture": "GAN", "command": "none"}
    made = Gan.load(export_generator(weights, tmp_path / "gan.safetensors", plan, history, **card))
    tokens = two_modes.tokens(np.array([0]), np.array([[True, False]]))
    assert made.sample(tokens)[0, 0].any()
    assert not made.sample(tokens)[0, 1].any()


def test_conditions_are_left_out_by_their_share_and_channels_are_never_both_missing(two_modes):
    plan = replace(PLAN, batch=4000, condition_dropout=0.1, channel_dropout=0.1)
    batch = draw_batch(two_modes, plan, 0, 0)
    # Left out by itself or with all others: 1 - 0.9 * 0.9
    assert float((batch.tokens[:, 0] == 0).float().mean()) == pytest.approx(0.19, abs=0.02)
    assert batch.weight.any(dim=1).all()
    assert float((batch.weight[:, 1] == 0).float().mean()) == pytest.approx(0.1, abs=0.02)
    assert float((batch.weight[:, 0] == 0).float().mean()) == pytest.approx(0.05, abs=0.02)
    assert not batch.images[batch.weight == 0].any()
    # Pfirrmann is a T2 grade
    assert (batch.tokens[batch.weight[:, 0] == 0, 1] == 0).all()


def test_the_learning_rate_rises_and_ends_at_zero():
    plan = GeneratorPlan(steps=100, warmup=10, learning_rate=1.0)
    assert learning_rate(0, plan) == pytest.approx(0.1)
    assert learning_rate(9, plan) == pytest.approx(1.0)
    assert learning_rate(55, plan) == pytest.approx(0.5)
    assert learning_rate(100, plan) == pytest.approx(0.0)


def test_the_network_keeps_within_six_million_parameters():
    assert sum(one.numel() for one in build_unet(TOKEN_SIZES).parameters()) < 6_000_000


def test_the_first_view_is_what_the_networks_see():
    from spine_core.networks.preprocessing import Preprocessing
    from spine_core.synthesis.resize import shrink
    from spine_core.training.models.crop_augmentation import plain_views

    given = crops()
    found = examples(given, views=2)
    expected = shrink(plain_views(given, Preprocessing(), given.present))
    np.testing.assert_allclose(found.images[:, 0].astype(np.float32), expected, atol=0.02)
    assert np.abs(found.images[:, 1].astype(np.float32) - expected)[given.present].mean() > 0.02
    assert found.tokens(np.array([0])).tolist() == [[4, 3, 1, 0, 1, 1]]
