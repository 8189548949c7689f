from __future__ import annotations

import numpy as np
import pytest

from spine_core.phantom.signal import T1, T2, magnitude, resolve, spin_echo


def test_spin_echo_follows_the_equation() -> None:
    # 0.8 (1 - exp(-550/1000)) exp(-10/50) = 0.8 * 0.4230502 * 0.8187308
    assert spin_echo(T1, 0.8, 1000, 50) == pytest.approx(0.2770914, abs=1e-6)
    # 0.8 (1 - exp(-3500/1000)) exp(-100/50) = 0.8 * 0.9698026 * 0.1353353
    assert spin_echo(T2, 0.8, 1000, 50) == pytest.approx(0.1049988, abs=1e-6)


def test_noise_without_signal_is_rayleigh() -> None:
    quiet = magnitude(np.zeros((300, 300), np.float32), 0.02, np.random.default_rng(1))
    # The mean of a Rayleigh distribution is sigma * sqrt(pi / 2); its deviation sigma * sqrt(2 - pi / 2).
    assert quiet.mean() == pytest.approx(0.02 * np.sqrt(np.pi / 2), rel=0.02)
    assert quiet.std() == pytest.approx(0.02 * np.sqrt(2 - np.pi / 2), rel=0.03)


def test_noise_on_strong_signal_is_normal_with_sigma() -> None:
    strong = magnitude(np.full((300, 300), 1.0, np.float32), 0.02, np.random.default_rng(1))
    assert strong.mean() == pytest.approx(1.0, abs=1e-3)
    assert strong.std() == pytest.approx(0.02, rel=0.03)


def test_resolution_keeps_the_mean_and_reaches_only_its_neighbourhood() -> None:
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1
    seen = resolve(point, np.zeros_like(point), T2, 1.4)
    assert seen.sum() == pytest.approx(1, abs=1e-5)
    outside = np.ones_like(point, dtype=bool)
    outside[13:28, 13:28] = False
    assert not seen[outside].any()
    assert seen[20, 20] == seen.max()


def test_fat_is_displaced_by_the_chemical_shift() -> None:
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1
    seen = resolve(np.zeros_like(point), point, T1, 1.4)
    assert np.unravel_index(seen.argmax(), seen.shape) == (20 + round(T1.shift), 20)
