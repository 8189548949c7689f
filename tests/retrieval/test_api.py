"""The public function, on a small reading."""

from __future__ import annotations

import numpy as np
import pytest

import spine_core as sl
from spine_core import reasons
from spine_core.retrieval.embedding import embed
from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.index_file import load_index, save_index
from tests.pages import fakes


def test_similar_discs_of_a_finding(monkeypatch, tmp_path):
    reading = sl.StudyReading(fakes.study(), fakes.reading(), fakes.bundle())
    network = fakes.bundle().grader
    images = np.stack([image.pixels for image in fakes.reading().images.values()])
    noise = np.random.default_rng(0).normal(size=images.shape).astype(np.float32)
    index = DiscIndex(
        network=network.id.sha256, embeddings=embed(network, images + 0.5 * noise),
        levels=np.array(list(fakes.reading().images)),
        patients=np.array(list("abcde")), sources=np.array(["spider"] * 5), weightings=np.array(["t2+t1"] * 5),
        grades=np.arange(5, dtype=np.int8)[:, None], conditions={"pfirrmann": ("1", "2", "3", "4", "5")},
    )  # fmt: skip
    save_index(index, tmp_path / "index.npz")
    monkeypatch.setattr(reasons, "load_index", lambda network: load_index(network, tmp_path / "index.npz"))
    found = sl.similar_discs(reading, "L4/L5", "pfirrmann", k=3)
    assert isinstance(found, sl.SimilarDiscs)
    distances = [one.distance for one in found.neighbours]
    assert len(distances) == 3
    assert distances == sorted(distances)
    (same,) = sl.similar_discs(reading, "L4/L5", "pfirrmann", same_level=True).neighbours
    assert (same.disc.level, same.disc.grades) == ("L4/L5", {"pfirrmann": "4"})
    with pytest.raises(sl.FindingError, match="no such condition"):
        sl.similar_discs(reading, "L4/L5", "unheard")
    monkeypatch.setattr(reasons, "load_index", lambda _: load_index("other", tmp_path / "index.npz"))
    with pytest.raises(sl.DiscIndexError, match="another version of the networks"):
        sl.similar_discs(reading, "L4/L5", "pfirrmann")
