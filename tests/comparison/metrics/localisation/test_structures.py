import numpy as np
import pytest

from spine_core.anatomy.types import Structure
from spine_core.comparison.metrics.faithfulness.deletion_insertion import Ranked
from spine_core.comparison.metrics.localisation.structures import PLACES, finding_region, localisation
from spine_core.explanation.perturbation.anatomical_regions import anatomical_segments
from spine_core.networks.conditions import CONDITIONS
from tests.explanation.toys import disc_image, textured

REGIONS = np.array([[0, 1], [2, 3]], np.uint8)


def ranked(relevance, draw=0):
    return Ranked("a", np.asarray(relevance, np.float32), draw)


def test_share_of_positive_relevance_per_structure():
    found = localisation(ranked([[1, 6], [-5, 3]]), REGIONS)
    assert found.mass == pytest.approx({"background": 0.1, "disc": 0.6, "vertebra": 0.0, "canal": 0.3})
    assert found.area == pytest.approx({"background": 0.25, "disc": 0.25, "vertebra": 0.25, "canal": 0.25})
    assert found.hit is found.iou_best is found.iou_fixed is found.inside is None


def test_even_map_has_the_mass_of_the_areas():
    regions = np.random.default_rng(0).integers(0, 4, (16, 16)).astype(np.uint8)
    found = localisation(ranked(np.ones((16, 16))), regions)
    assert found.mass == pytest.approx(found.area)
    assert sum(found.mass.values()) == pytest.approx(1.0)
    assert set(found.mass) == {structure.name.lower() for structure in Structure}


@pytest.mark.parametrize("relevance", [[[0, 0], [0, 0]], [[-1, -2], [0, 0]]])
def test_map_without_positive_relevance_lies_nowhere(relevance):
    assert localisation(ranked(relevance), REGIONS) is None


def test_pointing_and_overlap_worked_out_by_hand():
    place = np.array([[True, True, False], [False, False, False], [False, False, False]])
    found = localisation(ranked([[10, 1, 8], [3, 0, -4], [0, 0, 0]]), np.zeros((3, 3), np.uint8), place)
    assert found.hit is True
    assert found.inside == pytest.approx(11 / 22)
    # above 2: the cells of 10, 8 and 3, of which one is in the place of two
    assert found.iou_fixed == pytest.approx(1 / 4)
    # the strongest one: 1 / 2; two: 1 / 3; three: 1 / 4; four: 2 / 4
    assert found.iou_best == pytest.approx(1 / 2)
    missed = localisation(ranked([[1, 1, 8], [0, 0, 0], [0, 0, 0]]), np.zeros((3, 3), np.uint8), place)
    assert missed.hit is False
    # the two equal cells count together, so the best threshold takes all three: 2 / 3
    assert missed.iou_best == pytest.approx(2 / 3)


def test_map_of_the_place_itself_is_perfect_and_no_threshold_beats_the_best():
    random = np.random.default_rng(0)
    place = random.random((16, 16)) < 0.3
    assert localisation(ranked(place), np.zeros((16, 16), np.uint8), place).iou_best == 1.0
    relevance = random.random((16, 16)).astype(np.float32)
    best = localisation(ranked(relevance), np.zeros((16, 16), np.uint8), place).iou_best
    by_hand = [
        ((relevance >= value) & place).sum() / ((relevance >= value) | place).sum()
        for value in relevance.ravel()
    ]
    assert best == pytest.approx(max(by_hand))


def anatomy():
    regions = np.zeros((48, 48), np.uint8)
    regions[:40, 4:14] = Structure.VERTEBRA
    for top in (0, 20):
        regions[top : top + 6, 4:14] = Structure.DISC
    regions[:, 20:26] = Structure.CANAL
    image = disc_image(textured(48), regions=regions)
    moved = image.disc.__class__(**{**image.disc.__dict__, "center_px": (22.5, 9.0), "inter_disc_px": 20.0})
    return image.__class__(**{**image.__dict__, "disc": moved})


def test_every_condition_has_a_place_of_known_structures():
    image = anatomy()
    known = set(anatomical_segments(image).names)
    assert set(PLACES) == {condition.name for condition in CONDITIONS}
    for condition in CONDITIONS:
        place, mask = finding_region(image, condition.name)
        assert set(place.structures) <= known
        assert place.area == pytest.approx(mask.mean())


def test_place_of_a_disc_finding_is_this_disc_and_not_its_neighbour():
    image = anatomy()
    _, mask = finding_region(image, "pfirrmann")
    assert (mask == (np.indices((48, 48))[0] >= 20) & (image.regions == Structure.DISC)).all()
    _, stenosis = finding_region(image, "canal_stenosis")
    assert (stenosis & mask == mask).all()
    assert (image.regions[stenosis & ~mask] == Structure.CANAL).all()
    _, upper = finding_region(image, "endplate_upper")
    assert (np.nonzero(upper)[0] < 20).all()
    assert (image.regions[upper] == Structure.VERTEBRA).all()


def test_place_that_is_not_in_the_picture_is_none():
    image = disc_image(textured(48), regions=np.zeros((48, 48), np.uint8))
    assert finding_region(image, "pfirrmann") is None
    with pytest.raises(ValueError, match="anatomy"):
        finding_region(disc_image(textured(48)), "pfirrmann")
