import numpy as np
import pytest

from spine_core.anatomy.types import Structure
from spine_core.comparison.metrics.localisation.localisation import Localisation, in_region, in_structures
from spine_core.progress import silent
from tests.comparison.metrics.made import context, evaluated
from tests.explanation.toys import Linear, disc_image, textured

REGIONS = np.array([[0, 1], [2, 3]], np.uint8)


def masses(relevance, regions=REGIONS):
    """Mass and area by structure."""
    found = list(in_structures(evaluated(relevance), regions))
    return {one.variant: one.value for one in found}, {one.variant: one.chance for one in found}


def lies(relevance, region):
    """Mass, hit, best and fixed IoU."""
    return [one.value for one in in_region(evaluated(relevance), region)]


def test_fraction_of_positive_relevance_per_structure():
    mass, area = masses([[1, 6], [-5, 3]])
    assert mass == pytest.approx({"background": 0.1, "disc": 0.6, "vertebra": 0.0, "canal": 0.3})
    assert area == pytest.approx({"background": 0.25, "disc": 0.25, "vertebra": 0.25, "canal": 0.25})


def test_uniform_map_has_the_mass_of_the_areas():
    regions = np.random.default_rng(0).integers(0, 4, (16, 16)).astype(np.uint8)
    mass, area = masses(np.ones((16, 16)), regions)
    assert mass == pytest.approx(area)
    assert sum(mass.values()) == pytest.approx(1.0)
    assert set(mass) == {structure.name.lower() for structure in Structure}


@pytest.mark.parametrize("relevance", [[[0, 0], [0, 0]], [[-1, -2], [0, 0]]])
def test_map_without_positive_relevance_has_no_values(relevance):
    assert set(masses(relevance)[0].values()) == {None}
    assert lies(relevance, REGIONS == 1) == [None] * 4


def test_without_anatomy_nothing_is_measured():
    image, network = disc_image(textured(16)), Linear(np.ones((2, 16, 16)))
    assert Localisation().evaluate([evaluated(np.ones((16, 16)))], context(network, image), silent) == ()


def test_pointing_game_and_iou_equal_hand_computed_values():
    region = np.array([[True, True, False], [False, False, False], [False, False, False]])
    mass, hit, best, fixed = lies([[10, 1, 8], [3, 0, -4], [0, 0, 0]], region)
    assert hit == 1.0
    assert mass == pytest.approx(11 / 22)
    # above 2: the cells of 10, 8 and 3, of which one is in the region of two
    assert fixed == pytest.approx(1 / 4)
    # the strongest one: 1 / 2; two: 1 / 3; three: 1 / 4; four: 2 / 4
    assert best == pytest.approx(1 / 2)
    _, hit, best, _ = lies([[1, 1, 8], [0, 0, 0], [0, 0, 0]], region)
    assert hit == 0.0
    # the two equal cells count together, so the best threshold takes all three: 2 / 3
    assert best == pytest.approx(2 / 3)


def test_map_of_the_region_itself_is_perfect_and_no_threshold_beats_the_best():
    random = np.random.default_rng(0)
    region = random.random((16, 16)) < 0.3
    assert lies(region, region)[2] == 1.0
    relevance = random.random((16, 16)).astype(np.float32)
    best = lies(relevance, region)[2]
    by_hand = [
        ((relevance >= value) & region).sum() / ((relevance >= value) | region).sum()
        for value in relevance.ravel()
    ]
    assert best == pytest.approx(max(by_hand))
