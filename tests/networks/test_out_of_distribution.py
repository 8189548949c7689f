from __future__ import annotations

import numpy as np
import pytest

from spine_core.networks.out_of_distribution import COMPONENTS, OODDetector, fit
from spine_core.training.models.export_weights import export_ood_detector


@pytest.fixture(scope="module")
def discs() -> np.ndarray:
    """Points of 100 dimensions that vary in 60 directions, with different variances."""
    rng = np.random.default_rng(0)
    spread = np.concatenate([np.linspace(10, 1, 60), np.full(40, 0.1)])
    return (rng.standard_normal((3000, 100)) * spread + 5).astype(np.float32)


def test_typical_discs_have_distance_1_and_no_held_out_disc_is_ood(discs) -> None:
    detector = fit(discs[:2000], discs[2000:])
    assert np.median(detector.distance(discs[2000:])) == pytest.approx(1.0, abs=0.1)
    assert not any(detector.is_ood(discs[2000:]))
    assert detector.limit == detector.distance(discs[2000:]).max()


def test_a_step_of_ten_deviations_is_ood_inside_and_outside_the_space(discs) -> None:
    detector = fit(discs[:2000], discs[2000:])
    for axis in (0, COMPONENTS - 1, 99):
        far = discs[2000:2010].copy()
        far[:, axis] += 200
        assert all(detector.is_ood(far))


def test_the_distance_along_each_axis_is_in_its_standard_deviations() -> None:
    rng = np.random.default_rng(1)
    points = rng.standard_normal((20000, COMPONENTS + 1)).astype(np.float32)
    points[:, 0] *= 100
    detector = fit(points, points)
    here = detector.mean.copy()
    here[0] += 300
    assert detector.distance(here[None])[0] == pytest.approx(np.sqrt(9 / COMPONENTS / 2), rel=0.05)


def test_the_exported_detector_equals_the_fitted_one(discs, tmp_path) -> None:
    detector = fit(discs[:2000], discs[2000:])
    path = export_ood_detector(detector, tmp_path / "ood.safetensors", version="1", command="a test")
    kept = OODDetector.load(path)
    np.testing.assert_allclose(kept.distance(discs[:50]), detector.distance(discs[:50]), rtol=0.01)
    assert kept.limit == detector.limit
