import numpy as np
import pytest

from spine_core.anatomy.types import Structure
from spine_core.comparison.metrics.localisation.finding_region import FINDING_STRUCTURES, finding_region
from spine_core.explanation.perturbation.anatomical_regions import anatomical_segments
from spine_core.networks.conditions import CONDITIONS
from tests.explanation.toys import disc_image, textured


def anatomy():
    regions = np.zeros((48, 48), np.uint8)
    regions[:40, 4:14] = Structure.VERTEBRA
    for top in (0, 20):
        regions[top : top + 6, 4:14] = Structure.DISC
    regions[:, 20:26] = Structure.CANAL
    image = disc_image(textured(48), regions=regions)
    moved = image.disc.__class__(**{**image.disc.__dict__, "center_px": (22.5, 9.0), "inter_disc_px": 20.0})
    return image.__class__(**{**image.__dict__, "disc": moved})


def test_every_condition_has_a_region_of_known_structures():
    image = anatomy()
    known = set(anatomical_segments(image).names)
    assert set(FINDING_STRUCTURES) == {condition.name for condition in CONDITIONS}
    for condition in CONDITIONS:
        region, mask = finding_region(image, condition.name)
        assert set(region.structures) <= known
        assert region.area == pytest.approx(mask.mean())


def test_region_of_a_disc_finding_is_this_disc_and_not_its_neighbour():
    image = anatomy()
    _, mask = finding_region(image, "pfirrmann")
    assert (mask == (np.indices((48, 48))[0] >= 20) & (image.regions == Structure.DISC)).all()
    _, stenosis = finding_region(image, "canal_stenosis")
    assert (stenosis & mask == mask).all()
    assert (image.regions[stenosis & ~mask] == Structure.CANAL).all()
    _, upper = finding_region(image, "endplate_upper")
    assert (np.nonzero(upper)[0] < 20).all()
    assert (image.regions[upper] == Structure.VERTEBRA).all()


def test_region_that_is_not_in_the_image_is_none():
    image = disc_image(textured(48), regions=np.zeros((48, 48), np.uint8))
    assert finding_region(image, "pfirrmann") is None
    assert finding_region(disc_image(textured(48)), "pfirrmann") is None, "without anatomy"
