"""Embeddings of networks: members weigh the same, and what has no feature maps has none."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.wrapped import wrap
from spine_core.retrieval.embedding import NoEmbeddingError, embed, join_members, member_widths
from spine_core.retrieval.kept_discs import KeptDiscs, discs_of_reading
from tests.pages import fakes


def test_members_weigh_the_same_however_large_their_features_are():
    one, other = np.array([[3, 4, 100, 0]], np.float32), np.array([[4, 3, 0, 1]], np.float32)
    joined = join_members(np.concatenate([one, other]), (2, 2))
    assert np.linalg.norm(joined, axis=1) == pytest.approx([1, 1])
    # Cosines of the parts are 24/25 and 0; that of the whole is their mean.
    assert joined[0] @ joined[1] == pytest.approx(0.48)


def test_the_embedding_of_an_ensemble_is_that_of_its_members_in_order():
    ensemble = fakes.bundle().grader
    images = np.random.default_rng(0).normal(size=(3, 2, 48, 48)).astype(np.float32)
    found = embed(ensemble, images)
    assert member_widths(ensemble) == (6, 6)
    parts = [embed(member, images) for member in ensemble.members]
    assert np.allclose(found, np.concatenate(parts, axis=1) / np.sqrt(2), atol=1e-6)


def test_a_network_without_feature_maps_has_no_embedding():
    module = nn.Sequential(nn.Flatten(), nn.Linear(2 * 16 * 16, 4))
    network = wrap(module, preprocessing=Preprocessing(size=16), outputs=["pfirrmann"], name="flat")
    with pytest.raises(NoEmbeddingError, match="flat has no layer with feature maps"):
        embed(network, np.zeros((1, 2, 16, 16), np.float32))


def test_a_wrapped_network_has_one():
    module = nn.Sequential(
        nn.Conv2d(2, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 4)
    )
    network = wrap(module, preprocessing=Preprocessing(size=16), outputs=["pfirrmann"], name="small")
    images = np.random.default_rng(0).normal(size=(2, 2, 16, 16)).astype(np.float32)
    found = embed(network, images)
    assert found.shape[0] == 2
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert np.array_equal(embed(network, images), found)


def test_a_disc_with_two_weightings_is_stored_with_both_and_with_each_alone(tmp_path):
    network, reading = fakes.bundle().grader, fakes.reading()
    found = discs_of_reading(network, reading)
    assert found.levels[:3] == ("L1/L2",) * 3
    assert found.weightings[:3] == ("t2+t1", "t2", "t1")
    assert len(found.levels) == 15
    image = reading.images["L1/L2"]
    both, alone = found.embeddings[0], found.embeddings[1]
    assert np.allclose(both, embed(network, image.pixels[None])[0], atol=1e-6)
    assert np.allclose(
        alone, embed(network, (image.pixels * [[[1]], [[0]]]).astype(np.float32)[None])[0], atol=1e-6
    )
    assert found.grades[0]["pfirrmann"] == reading.finding("L1/L2", "pfirrmann").grade
    path = tmp_path / "discs.npz"
    path.write_bytes(found.to_bytes())
    again = KeptDiscs.load(path)
    assert (again.levels, again.weightings, again.grades, again.conditions) == (
        found.levels, found.weightings, found.grades, found.conditions,
    )  # fmt: skip
    assert np.allclose(again.embeddings, found.embeddings, atol=1e-3)
