import numpy as np
import pytest

from spine_core.anatomy.model import Structure
from spine_core.compare.localisation import localisation
from tests.compare.test_agreement import explained

REGIONS = np.array([[0, 1], [2, 3]], np.uint8)


def test_share_of_positive_relevance_per_structure():
    found = localisation(explained([[1, 6], [-5, 3]]), REGIONS)
    assert found.mass == pytest.approx({"background": 0.1, "disc": 0.6, "vertebra": 0.0, "canal": 0.3})
    assert found.area == pytest.approx({"background": 0.25, "disc": 0.25, "vertebra": 0.25, "canal": 0.25})


def test_even_map_has_the_mass_of_the_areas():
    regions = np.random.default_rng(0).integers(0, 4, (16, 16)).astype(np.uint8)
    found = localisation(explained(np.ones((16, 16))), regions)
    assert found.mass == pytest.approx(found.area)
    assert sum(found.mass.values()) == pytest.approx(1.0)
    assert set(found.mass) == {structure.name.lower() for structure in Structure}


@pytest.mark.parametrize("relevance", [[[0, 0], [0, 0]], [[-1, -2], [0, 0]]])
def test_map_without_positive_relevance_lies_nowhere(relevance):
    assert localisation(explained(relevance), REGIONS) is None
