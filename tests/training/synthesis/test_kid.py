import numpy as np
import pytest

from spine_core.training.synthesis.kid import kernel, kid, kid_interval


def test_the_distance_of_two_small_samples_worked_out_by_hand():
    # One feature: k(x, y) = (x y + 1) ** 3. Within {0, 1} the one pair gives 1, within {1, 2} it gives 27;
    # across, 0-1 and 0-2 give 1, 1-1 gives 8 and 1-2 gives 27: 37 / 4.
    one, other = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
    assert kid(one, other) == pytest.approx(1 + 27 - 2 * 37 / 4)


def test_the_kernel_divides_by_the_number_of_features():
    assert kernel(np.array([[1.0, 1.0]]), np.array([[2.0, 4.0]]))[0, 0] == pytest.approx(4.0**3)


def test_two_samples_of_one_distribution_have_no_distance_on_average():
    rng = np.random.default_rng(0)
    values = [kid(rng.normal(size=(40, 8)), rng.normal(size=(40, 8))) for _ in range(200)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(200)
    assert min(values) < 0 < max(values), "the estimate is unbiased, so it can be negative"


def test_the_interval_resamples_patients_and_never_pairs_an_image_with_itself():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(60, 8)), rng.normal(0.7, 1, size=(60, 8))
    patients = np.array([f"p{number // 3}" for number in range(60)])
    found = kid_interval(one, other, patients, np.array([f"s{number}" for number in range(60)]))
    assert found.low < found.value < found.high
    assert found.low > 0
    # If copies of one image were paired, every resample would look more alike than the sample.
    assert (found.low + found.high) / 2 == pytest.approx(found.value, rel=0.25)
    assert (found.images, found.others) == (60, 60)
