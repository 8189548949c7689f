"""Where the discs of held-out patients are cropped, and the stored, smaller crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spine_core.anatomy.types import Anatomy, Disc
from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.networks.conditions import CONDITIONS
from spine_core.training.datasets import crop_cache as cutting
from spine_core.training.datasets.crop_cache import Crops, detected_discs


def test_held_out_discs_are_at_the_detectors_positions(monkeypatch) -> None:
    labels = tuple(
        DiscLabel(level, (row, 50.0), None, {"bulging": grade})
        for level, row, grade in (("L5/S1", 90.0, 1), ("L4/L5", 70.0, 0))
    )
    image = LabelledImage(
        "sudirman", "0001", 0, "t2", "0001_T2.png", np.zeros((100, 100), dtype=np.uint8), labels
    )
    found = [
        Disc(level, "0001_T2.png", 0, (row, 52.0), (row, 60.0), None, 20.0, (1.0, 0.0), 1.0)
        for level, row in (("L5/S1", 68.0), ("L3/L4", 50.0))
    ]
    monkeypatch.setattr(
        cutting, "detect_discs", lambda detector, series: Anatomy(series.uid, tuple(found), True)
    )
    # One level too high: the product would grade L5/S1 there, so the crop is taken there. L3/L4 has no label.
    assert [(disc.center_px, label.level) for disc, label in detected_discs(image, None)] == [
        ((68.0, 52.0), "L5/S1")
    ]


@pytest.fixture
def halves() -> Crops:
    """One disc: the upper half of its T2 is 200, the lower 100; it has no T1."""
    pixels = np.zeros((1, 2, 8, 8), dtype=np.uint8)
    pixels[0, 0, :4], pixels[0, 0, 4:] = 200, 100
    labels = np.zeros((1, 2, len(CONDITIONS)), dtype=np.int8)
    return Crops(pixels, np.array([[True, False]]), labels, (("spider", "7", 1, "L5/S1"),))


def test_smaller_crops_keep_their_grey_values(halves: Crops) -> None:
    small = halves.resized(2)
    assert small.pixels.dtype == np.uint8
    assert np.abs(small.pixels[0, 0].astype(int) - [[200, 200], [100, 100]]).max() <= 15
    assert not small.pixels[0, 1].any()
    assert small.keys == halves.keys


def test_stored_crops_are_read_unchanged(halves: Crops, tmp_path: Path) -> None:
    halves.save(tmp_path / "crops.npz")
    again = Crops.load(tmp_path / "crops.npz")
    assert again.keys == halves.keys
    for field in ("pixels", "present", "labels"):
        np.testing.assert_array_equal(getattr(again, field), getattr(halves, field))
