import numpy as np
import pytest

from spine_core.comparison.metrics.agreement.agreement import (
    agreement,
    agreements,
    rank_match,
    sign_agreement,
    similarity,
)
from spine_core.explanation.base import Explanation, MethodDiagnostic
from spine_core.explanation.controls.maps import blurred_random_map
from spine_core.grading.types import ModelId
from spine_core.progress import Cancelled
from tests.explanation.toys import TARGET


def explained(relevance, *, method="a", signed=True, native=None, zero=False):
    relevance = np.asarray(relevance, dtype=np.float32)
    return Explanation(
        method, "L4/L5", TARGET, relevance, signed, native or relevance.shape, 0.0,
        MethodDiagnostic("", None, ""), {}, 0, 0.0, 1, ModelId("m", "1", "0"), zero,
    )  # fmt: skip


@pytest.fixture
def chance():
    random = np.random.default_rng(1)
    return [blurred_random_map(40, random) for _ in range(60)]


def ramp():
    return np.arange(1600, dtype=np.float32).reshape(40, 40)


def test_identical_maps_agree_fully(chance):
    found = agreement(explained(ramp()), explained(ramp()), chance, np.random.default_rng(0))
    assert found.rank_correlation == pytest.approx(1.0)
    assert found.overlap == 1.0
    assert found.above_chance


def test_mirrored_ramp_has_the_opposite_rank_correlation(chance):
    found = agreement(explained(ramp()), explained(ramp()[::-1, ::-1]), chance, np.random.default_rng(0))
    assert found.rank_correlation == pytest.approx(-1.0)
    assert found.overlap == 0.0
    assert found.above_chance is False


def test_scale_and_units_do_not_matter(chance):
    found = agreement(explained(ramp()), explained(np.exp(ramp() / 300)), chance, np.random.default_rng(0))
    assert found.rank_correlation == pytest.approx(1.0)


def test_spearman_equals_hand_computed_value():
    # ranks 1 2 3 4 against 2 1 4 3: 1 - 6 * (1 + 1 + 1 + 1) / (4 * 15) = 0.6
    first, second = explained([[1, 2], [3, 4]]), explained([[20, 10], [40, 30]])
    noise = [np.array([[0.1, 0.4], [0.2, 0.3]], np.float32)]
    assert agreement(first, second, noise, np.random.default_rng(0)).rank_correlation == pytest.approx(0.6)


def test_dice_equals_hand_computed_value(chance):
    # 100 cells, the strongest 10: three in common
    first, second = np.zeros((10, 10)), np.zeros((10, 10))
    first[0, :] = 1
    second[0, :3] = 1
    second[5, :7] = 1
    found = agreement(
        explained(first), explained(second), [c[:10, :10] for c in chance], np.random.default_rng(0)
    )
    assert found.overlap == pytest.approx(0.3)
    assert found.expected_overlap == pytest.approx(0.1)


def test_compares_on_the_coarser_grid_per_axis(chance):
    found = agreement(
        explained(ramp(), native=(40, 8)),
        explained(ramp(), native=(10, 20)),
        chance,
        np.random.default_rng(0),
    )
    assert found.grid == (10, 8)


def test_maps_of_single_pixels_are_compared_on_the_finest_grid(chance):
    fine = np.random.default_rng(0).random((96, 96))
    large = [np.kron(one, np.ones((3, 3)))[:96, :96] for one in chance[:5]]
    assert agreement(explained(fine), explained(fine), large, np.random.default_rng(0)).grid == (48, 48)


def test_comparing_many_maps_can_be_cancelled():
    maps = [explained(np.random.default_rng(i).normal(size=(8, 8)), method=str(i)) for i in range(4)]

    def cancel(done, what=""):
        if done > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        agreements(maps, np.random.default_rng(0), cancel)


def test_map_of_positive_evidence_only_is_compared_with_positive_evidence(chance):
    signed = ramp() - 800
    found = agreement(
        explained(signed), explained(np.maximum(signed, 0), signed=False), chance, np.random.default_rng(0)
    )
    assert found.evidence == "positive"
    assert found.rank_correlation == pytest.approx(1.0)


def test_empty_map_has_no_agreement(chance):
    found = agreement(explained(ramp()), explained(ramp() * 0, zero=True), chance, np.random.default_rng(0))
    assert found.rank_correlation is None
    assert found.overlap is None
    assert found.above_chance is None


def test_chance_level_holds_for_unrelated_maps():
    random = np.random.default_rng(5)
    above = 0
    for _ in range(20):
        pair = [explained(blurred_random_map(48, random), native=(12, 12)) for _ in range(2)]
        (found,) = agreements(pair, random)
        above += bool(found.above_chance)
        assert 0.14 < found.chance_correlation < 0.7
    assert above <= 4


def test_every_pair_is_compared_once():
    maps = [explained(np.random.default_rng(i).normal(size=(8, 8)), method=str(i)) for i in range(4)]
    found = agreements(maps, np.random.default_rng(0))
    assert len({(one.first, one.second) for one in found}) == 6
    assert agreements([], np.random.default_rng(0)) == ()


def test_structural_similarity_equals_hand_computed_value():
    # one window of 3 x 3: (2 m n + c) (2 cov + d) / ((m^2 + n^2 + c) (var + var + d)), c = 0.01^2, d = 0.03^2
    first = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], float)
    second = np.array([[0, 0, 0], [0, 1, 1], [0, 0, 0]], float)
    m, n = 1 / 9, 2 / 9
    cov = (1 - 9 * m * n) / 8
    variances = (1 - 9 * m**2) / 8 + (2 - 9 * n**2) / 8
    by_hand = (2 * m * n + 1e-4) * (2 * cov + 9e-4) / ((m**2 + n**2 + 1e-4) * (variances + 9e-4))
    assert similarity(first, second) == pytest.approx(by_hand)


def test_structural_similarity_does_not_depend_on_units_but_on_the_sign():
    noise = np.random.default_rng(0).normal(size=(24, 24))
    assert similarity(noise, 7 * noise) == pytest.approx(1.0)
    assert similarity(noise, -noise) < -0.2


def test_sign_agreement_equals_hand_computed_value():
    # largest four of the first: 9 -8 7 -6; of the second: -9 -8 7 6; the cells of -8 and 7 have one sign
    first = np.array([[9, -8, 7, -6], [1, 0, 0, 0]], float)
    second = np.array([[-9, -8, 7, 0], [6, 1, 0, 0]], float)
    assert sign_agreement(first, second, 4, np.random.default_rng(0)) == pytest.approx(2 / 4)
    assert sign_agreement(first, -first, 4, np.random.default_rng(0)) == 0.0


def test_signs_are_compared_between_signed_maps_only(chance):
    signed = ramp() - 800.3
    both = agreement(explained(signed), explained(signed), chance, np.random.default_rng(0))
    one = agreement(explained(signed), explained(signed, signed=False), chance, np.random.default_rng(0))
    assert both.sign_agreement == 1.0
    assert both.sign_agreement > both.chance_sign_agreement
    assert one.sign_agreement is one.chance_sign_agreement is None
    assert one.similarity is not None


def test_grid_too_coarse_for_a_window_has_no_structural_similarity(chance):
    found = agreement(explained(ramp(), native=(2, 9)), explained(ramp()), chance, np.random.default_rng(0))
    assert found.similarity is found.chance_similarity is None
    assert found.rank_correlation is not None


def test_rank_match_gives_random_patches_the_values_of_a_map():
    values = np.array([[5.0, 0.0], [0.0, -1.0]])
    found = rank_match(np.array([[1, 2], [3, 4]]), values)
    assert found.tolist() == [[-1, 0], [0, 5]]


def test_chance_levels_of_similarity_and_signs_hold_for_unrelated_maps():
    random = np.random.default_rng(5)
    above = np.zeros(2)
    for _ in range(20):
        pair = [explained(blurred_random_map(48, random) - 0.5, native=(12, 12)) for _ in range(2)]
        (found,) = agreements(pair, random)
        above += (
            found.similarity > found.chance_similarity,
            found.sign_agreement > found.chance_sign_agreement,
        )
    assert (above <= 4).all()
