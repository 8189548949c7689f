"""Flows whose velocity is known: from the standard normal distribution to one normal distribution, or to two."""

import numpy as np
import pytest
import torch

from spine_core.progress import Cancelled
from spine_core.synthesis.flow import follow, logit_normal, on_path

MEAN, SPREAD = 3.0, 0.5
MODES, WEIGHTS, NARROW = (-2.0, 2.0), (0.25, 0.75), 0.2


def spread_at(time, spread):
    return (1 - time) ** 2 + (time * spread) ** 2


def one_velocity(x, time, mean=MEAN, spread=SPREAD):
    """E[data - noise | x] where both are normal: the regression of one normal variable on another."""
    covariance = time * spread**2 - (1 - time)
    return mean + covariance / spread_at(time, spread) * (x - time * mean)


def two_velocity(x, time):
    """The same for two modes: their velocities, weighted by how probable each is at x."""
    logs = [
        np.log(weight) - (x - time * mode) ** 2 / (2 * spread_at(time, NARROW))
        for mode, weight in zip(MODES, WEIGHTS, strict=True)
    ]
    share = torch.softmax(torch.stack(logs), dim=0)
    parts = torch.stack([one_velocity(x, time, mode, NARROW) for mode in MODES])
    return (share * parts).sum(dim=0)


def test_the_flow_to_a_normal_distribution_is_its_affine_map():
    noise = torch.linspace(-2, 2, 9, dtype=torch.float64)
    found = follow(one_velocity, noise, steps=100)
    torch.testing.assert_close(found, MEAN + SPREAD * noise, atol=2e-2, rtol=0)


def test_the_flow_backwards_gives_the_noise_again():
    noise = torch.linspace(-2, 2, 9, dtype=torch.float64)
    data = follow(one_velocity, noise, 0.0, 0.9, steps=100)
    torch.testing.assert_close(follow(one_velocity, data, 0.9, 0.0, steps=100), noise, atol=1e-2, rtol=0)


def test_the_flow_to_two_modes_fills_each_by_its_weight():
    noise = torch.randn(4000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = follow(two_velocity, noise, steps=60)
    right = found > 0
    assert float(right.double().mean()) == pytest.approx(WEIGHTS[1], abs=0.02)
    assert float(found[right].mean()) == pytest.approx(MODES[1], abs=0.02)
    assert float(found[right].std()) == pytest.approx(NARROW, abs=0.03)


def test_the_mean_velocity_of_the_paths_through_a_point_is_the_velocity():
    random = np.random.default_rng(0)
    noise = torch.from_numpy(random.standard_normal(400_000))
    data = MEAN + SPREAD * torch.from_numpy(random.standard_normal(400_000))
    time = torch.full((400_000,), 0.6, dtype=torch.float64)
    x = on_path(data, noise, time)
    near = (x - 2.0).abs() < 0.02
    assert float((data - noise)[near].mean()) == pytest.approx(float(one_velocity(2.0, 0.6)), abs=0.02)


def test_a_path_begins_at_the_noise_and_ends_at_the_data():
    data, noise = torch.ones(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    found = on_path(data, noise, torch.tensor([0.0, 1.0]))
    assert not found[0].any()
    assert (found[1] == 1).all()


def test_times_lie_within_0_and_1_around_one_half():
    times = logit_normal(20_000, torch.Generator().manual_seed(0))
    assert 0 < float(times.min()) < float(times.max()) < 1
    assert float(times.median()) == pytest.approx(0.5, abs=0.01)


def test_a_cancel_ends_the_flow():
    def cancel(done, what=""):
        raise Cancelled

    with pytest.raises(Cancelled):
        follow(one_velocity, torch.zeros(1), progress=cancel)
