from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.types import BELOW, LEVELS
from spine_core.phantom.render import build
from spine_core.phantom.spec import healthy
from spine_core.priors.errors import NotRegistrable, Refusal
from spine_core.priors.registration import register
from spine_core.priors.resample import DESCRIPTION, resampled_prior
from spine_core.progress import Cancelled
from spine_core.study.types import Plane
from tests.priors.conftest import Examined, examine, moved, rigid

pytestmark = pytest.mark.slow

TRUE = rigid((4, -3, 5), (12, -18, 25))
LEAST_MM = 1.0


def registered(current: Examined, prior: Examined, *progress):
    return register(current.series, current.discs, prior.series, prior.discs, *progress)


def error_mm(found, examined: Examined, true=TRUE) -> float:
    """Largest distance over the discs and 20 mm to each side of them."""
    centers = np.array([one.center_mm for one in examined.discs])
    aside = np.array([20, 0, 0])
    points = np.concatenate([centers, centers + aside, centers - aside])
    return float(np.linalg.norm(found.to_prior(points) - true(points), axis=1).max())


def test_a_known_transform_of_another_examination_is_found(examinations):
    current, prior = examinations[0], moved(examinations[1], TRUE)
    found = registered(current, prior)
    assert error_mm(found, current) < LEAST_MM
    assert found.match.names_agree
    assert found.match.rms_mm < LEAST_MM
    assert found.match.max_mm < 1.5 * LEAST_MM


def test_discs_that_are_some_millimetres_off_are_put_right_by_the_image(examinations):
    current, prior = examinations[0], moved(examinations[1], TRUE)
    off = np.random.default_rng(3).normal(0, 2.0, (5, 3))
    discs = tuple(
        replace(one, center_mm=tuple(np.add(one.center_mm, shift)))
        for one, shift in zip(prior.discs, off, strict=True)
    )
    found = registered(current, Examined(prior.series, discs))
    assert error_mm(found, current) < LEAST_MM
    # The residual tells of the discs, not of the alignment.
    assert found.match.rms_mm > 2.0


def test_equal_inputs_give_equal_results(examinations):
    current, prior = examinations[0], moved(examinations[1], TRUE)
    one, other = registered(current, prior), registered(current, prior)
    np.testing.assert_array_equal(one.to_prior.rotation, other.to_prior.rotation)
    np.testing.assert_array_equal(one.to_prior.translation, other.to_prior.translation)


def test_a_level_count_that_is_off_by_one_is_noticed(examinations):
    current, prior = examinations[0], moved(examinations[1], TRUE)
    caudal = (*LEVELS[1:], BELOW)
    shifted = tuple(replace(one, level=name) for one, name in zip(prior.discs, caudal, strict=True))
    found = registered(current, Examined(prior.series, shifted))
    assert error_mm(found, current) < LEAST_MM
    assert not found.match.names_agree
    assert found.match.proposed_shift == -1
    assert found.match.prior_level("L4/L5") == "L5/S1"


def test_another_weighting_is_registered(examinations):
    current = examinations[0]
    prior = moved(examine(build(healthy(5), 905), "t1"), TRUE)
    assert error_mm(registered(current, prior), current) < 2 * LEAST_MM


def test_a_cancel_ends_it(examinations):
    def cancel(done, what=""):
        if done > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        registered(*examinations, cancel)


def test_the_prior_is_put_on_the_slices_of_the_current_series(examinations):
    current, prior = examinations[0], moved(examinations[1], TRUE)
    found = registered(current, prior)
    shown = resampled_prior(current.series, prior.series, found)
    assert shown.pixels.shape == current.series.pixels.shape
    assert shown.shares_coordinates(current.series)
    assert shown.description == DESCRIPTION
    assert shown.plane is Plane.SAGITTAL
    assert shown.not_gradable
    middle = current.series.slices // 2
    window = np.s_[120:260, 150:250]
    same = np.corrcoef(shown.pixels[middle][window].ravel(), current.series.pixels[middle][window].ravel())
    unregistered = np.corrcoef(
        prior.series.pixels[middle][window].ravel(), current.series.pixels[middle][window].ravel()
    )
    assert same[0, 1] > 0.9 > unregistered[0, 1]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda one: replace(one, geometry=None), Refusal.NO_POSITIONS),
        (lambda one: replace(one, pixels=one.pixels[:2]), Refusal.TOO_FEW_SLICES),
        (
            lambda one: replace(
                one, geometry=replace(one.geometry, positions=one.geometry.positions[[0, 1, 2, 3, 3]])
            ),
            Refusal.UNEVEN_SLICES,
        ),
        (
            lambda one: replace(
                one, geometry=replace(one.geometry, positions=one.geometry.positions * np.nan)
            ),
            Refusal.UNEVEN_SLICES,
        ),
    ],
    ids=["no positions", "two slices", "missing slice", "nan"],
)
def test_hostile_geometry_is_refused(examinations, change, refusal):
    current, prior = examinations
    with pytest.raises(NotRegistrable) as raised:
        registered(current, Examined(change(prior.series), prior.discs))
    assert raised.value.refusal is refusal


def test_two_common_discs_are_too_few(examinations):
    current, prior = examinations
    with pytest.raises(NotRegistrable) as raised:
        registered(current, Examined(prior.series, prior.discs[:2]))
    assert raised.value.refusal is Refusal.TOO_FEW_DISCS


def test_discs_without_positions_are_refused(examinations):
    current, prior = examinations
    discs = tuple(replace(one, center_mm=None) for one in prior.discs)
    with pytest.raises(NotRegistrable) as raised:
        registered(current, Examined(prior.series, discs))
    assert raised.value.refusal is Refusal.NO_POSITIONS


def test_discs_that_do_not_fit_are_refused(examinations):
    current, prior = examinations
    stretched = tuple(
        replace(one, center_mm=tuple(np.multiply(one.center_mm, [1, 1, 1.4]))) for one in prior.discs
    )
    with pytest.raises(NotRegistrable) as raised:
        registered(current, Examined(prior.series, stretched))
    assert raised.value.refusal is Refusal.RESIDUAL
