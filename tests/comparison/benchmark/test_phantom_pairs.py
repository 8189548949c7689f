import dataclasses

import numpy as np
import pytest

from spine_core.comparison.benchmark import phantom_pairs
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.outputs import RELEASED, in_sequence
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target
from tests.comparison.benchmark.test_run import lit


def test_only_correctly_graded_pairs_are_used(monkeypatch):
    pair = dataclasses.replace(lit(slice(16, 32)), target=Target("bulging", "1"))
    monkeypatch.setattr(phantom_pairs, "_pair", lambda preprocessing, output, level, seed: pair)

    class Sure:
        preprocessing, outputs = Preprocessing(size=48), RELEASED

        def __init__(self, scores):
            self._scores = np.repeat(np.array(scores, np.float32)[:, None], 20, axis=1)

        def predict_logits(self, images):
            return self._scores

    assert len(list(phantom_pairs.pairs(Sure([2, -2]), 3, ["bulging"]))) == 3
    assert not list(phantom_pairs.pairs(Sure([2, 2]), 3, ["bulging"]))
    assert not list(phantom_pairs.pairs(Sure([-2, 2]), 3, ["bulging"]))
    known = {phantom_pairs.FIRST_SEED, phantom_pairs.FIRST_SEED + 2}
    assert len(list(phantom_pairs.pairs(Sure([2, -2]), 3, ["bulging"], known))) == 1


def test_lesions_that_a_network_does_not_report_make_no_pairs():
    class Other:
        preprocessing, outputs = Preprocessing(size=48), in_sequence([BY_NAME["pfirrmann"]])

    assert not list(phantom_pairs.pairs(Other(), 3, ["bulging", "modic"]))


def test_pair_of_phantoms_differs_around_the_lesion_only():
    pair = phantom_pairs._pair(Preprocessing(size=64), RELEASED["modic"], "L4/L5", 3)
    assert pair.target == Target("modic", "2")
    assert pair.normal == "0"
    assert pair.lesion_image.pixels.shape == (2, 64, 64)
    assert 0 < pair.changed.mean() < 0.5
    rows = np.flatnonzero(pair.changed.any(axis=1))
    assert 32 - 26 < rows.mean() < 32 + 26, "the endplates lie around the middle of the crop"
    assert set(np.unique(pair.lesion_image.regions)) == {0, 1, 2, 3}


@pytest.mark.parametrize("lesion", phantom_pairs.DISPLACING)
def test_discs_that_displace_their_edge_change_nothing_away_from_it(lesion):
    """In phantoms the sac keeps its distance along the whole spine as soon as any disc bulges."""
    pair = phantom_pairs._pair(Preprocessing(size=64), RELEASED[lesion], "L4/L5", 3)
    rows = np.flatnonzero(pair.changed.any(axis=1))
    assert rows.size
    assert np.abs(rows - 31.5).max() < 0.3 * 64 / 2.2, "within the disc's height and the room beside it"
