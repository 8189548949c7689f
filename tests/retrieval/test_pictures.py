"""Pictures of indexed discs from a data folder, cut as the index was."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from spine_core.anatomy.types import Disc
from spine_core.grading.crops.sagittal import disc_image
from spine_core.networks.preprocessing import Preprocessing
from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.pictures import data_folder, file_hash, published_series, released_image
from spine_core.study.types import Weighting

SMALL = Preprocessing(size=32)
PLACES = np.array([[[60, 50, 1, 0, 20], [62, 51, 0.96, 0.28, 21]]], dtype=np.float32)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "spider" / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("7_t2.png", "7_t1.png", "8_t2.png"):
        pixels = rng.integers(0, 256, (120, 100), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "spider" / "images" / name)
    return tmp_path


def index(names=("7_t2.png", "7_t1.png")) -> DiscIndex:
    return DiscIndex(
        network="n", embeddings=np.ones((1, 1), np.float32), levels=np.array(["L4/L5"]), patients=np.array(["0001"]),
        sources=np.array(["spider"]), weightings=np.array(["t2+t1"]), grades=np.zeros((1, 0), np.int8), conditions={},
        images=np.array([[file_hash("salt", "spider", name) if name else "" for name in names]]), places=PLACES,
        salt="salt",
    )  # fmt: skip


def test_a_disc_is_cut_from_both_images_at_its_place_on_each(folder):
    found = released_image(index(), 0, SMALL, folder)
    discs, series = {}, {}
    for channel, weighting, (row, column, down, across, distance) in zip(
        ("t2", "t1"), (Weighting.T2, Weighting.T1), PLACES[0].tolist(), strict=True
    ):
        name = f"7_{channel}.png"
        discs[channel] = Disc(
            "L4/L5", name, 0, (row, column), (row, column), None, distance, (down, across), 1.0
        )
        pixels = np.asarray(Image.open(folder / "spider" / "images" / name))
        series[channel] = published_series(name, pixels, weighting)
    expected = disc_image(SMALL, discs["t2"], series, counterparts=discs)
    assert found.level == "L4/L5"
    assert np.abs(expected.pixels).max() > 0.5
    assert np.allclose(found.pixels, expected.pixels, atol=1e-4)


def test_a_disc_of_one_weighting_has_one_channel(folder):
    found = released_image(index(("7_t2.png", "")), 0, SMALL, folder)
    assert found.channels[1] is None
    assert np.any(found.pixels[0])
    assert not np.any(found.pixels[1])


def test_there_is_no_picture_where_the_folder_lacks_an_image(folder):
    assert released_image(index(), 0, SMALL, None) is None
    assert released_image(index(("7_t2.png", "9_t1.png")), 0, SMALL, folder) is None


def test_file_names_are_hashed_with_salt_and_dataset():
    names = {file_hash(salt, source, "7.png") for salt in "ab" for source in ("spider", "sudirman")}
    assert len(names) == 4
    assert all(len(name) == 16 and name != "7" for name in names)


def test_the_data_folder_is_the_one_that_the_environment_names(folder, monkeypatch):
    monkeypatch.setenv("SPINELENS_DATA", str(folder))
    assert data_folder() == folder
    monkeypatch.setenv("SPINELENS_DATA", str(folder / "none"))
    assert data_folder() is None
    monkeypatch.delenv("SPINELENS_DATA")
    assert data_folder() is None
