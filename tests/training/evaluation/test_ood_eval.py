"""Images that are out of distribution, and the intervals of their rejection rates."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest

from spine_core.anatomy.types import Anatomy, Disc, Structure
from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.networks.registry import load_bundle
from spine_core.phantom import build, random_case
from spine_core.phantom.render import mid_index, sagittal_slices
from spine_core.training.datasets.phantoms import to_uint8
from spine_core.training.evaluation import ood_eval
from spine_core.training.evaluation.ood_eval import (
    TRANSFORMS,
    Outcome,
    misplaced,
    nearest_slices_without_canal,
)
from spine_core.training.evaluation.ood_photos import NAMES, photographs


def test_mirroring_and_rotation_give_the_expected_rows() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert TRANSFORMS["lumbar spines mirrored (anterior to the right)"](grey)[0].tolist() == [3, 2, 1, 0]
    turned = TRANSFORMS["lumbar spines rotated by 180 degrees"](grey)
    assert turned[0].tolist() == [11, 10, 9, 8]
    assert TRANSFORMS["lumbar spines rotated by 90 degrees"](grey).shape == (4, 3)


def test_the_thoracic_part_ends_above_the_highest_lumbar_disc() -> None:
    discs = tuple(DiscLabel("L5/S1", (200.0 - 20 * i, 50.0), None) for i in range(5))
    image = LabelledImage("sudirman", "1", 1, "t2", "x", np.zeros((220, 100), np.uint8), discs)
    cut = ood_eval._thoracic(image)
    assert cut is not None
    assert cut.shape == (110, 100)
    high = tuple(DiscLabel("L5/S1", (120.0 - 20 * i, 50.0), None) for i in range(5))
    assert ood_eval._thoracic(LabelledImage("sudirman", "1", 1, "t2", "x", image.pixels, high)) is None, (
        "too little"
    )


def test_lateral_slices_are_the_first_without_canal() -> None:
    phantom = build(random_case(3))
    left, right = nearest_slices_without_canal(phantom)
    canal = [
        bool((phantom.labels(i) == Structure.CANAL).any()) for i in range(len(phantom.sagittal.positions))
    ]
    assert not canal[left]
    assert not canal[right]
    assert all(canal[left + 1 : right])
    assert right - left > 2, "the canal between them is wider than a slice"


def test_rejections_and_warnings_are_counted_with_the_wilson_interval(monkeypatch) -> None:
    fates = [Outcome.GRADED] + [Outcome.WARNED] * 2 + [Outcome.REJECTED] * 17
    images = [np.full((2, 2), i, dtype=np.uint8) for i in range(20)]
    monkeypatch.setattr(ood_eval, "_outcome_of", lambda grey, bundle: fates[grey[0, 0]])
    monkeypatch.setattr(ood_eval, "_kinds", lambda _: [("a kind", iter(images))])
    (row,) = ood_eval.rejection_rates([], None)
    assert (row.images, row.rejected, row.share, row.warned) == (20, 17, 0.85, 2)
    low, high = binomtest(17, 20).proportion_ci(method="wilson")
    assert (row.low, row.high) == (pytest.approx(low), pytest.approx(high))


def test_an_image_without_a_spine_is_rejected_and_a_phantom_is_graded_without_a_warning() -> None:
    bundle = load_bundle()
    assert ood_eval._outcome_of(np.full((200, 200), 90, np.uint8), bundle) is Outcome.REJECTED
    phantom = build(random_case(3))
    middle = to_uint8(sagittal_slices(phantom, "t2", (mid_index(phantom),)).pixels[0])
    assert ood_eval._outcome_of(middle, bundle) is Outcome.GRADED


def test_a_misplaced_disc_is_anterior_for_any_inclination() -> None:
    """The canal is behind: to the right of an upright spine, whose images face to the left."""
    upright = Disc("L4/L5", "uid", 0, (100.0, 60.0), (100.0, 75.0), None, 20.0, (1.0, 0.0), 1.0)
    assert misplaced(upright, 2.0).center_px == (100.0, 20.0)
    slanted = replace(upright, caudal=(0.8, 0.6))
    moved = np.subtract(misplaced(slanted, 2.0).center_px, slanted.center_px)
    assert np.linalg.norm(moved) == pytest.approx(40.0)
    assert moved @ slanted.caudal == pytest.approx(0.0)
    assert moved[1] < 0
    lower = np.subtract(misplaced(slanted, 0.0, 0.5).center_px, slanted.center_px)
    np.testing.assert_allclose(lower, (8.0, 6.0))


def test_a_disc_placed_by_hand_is_rejected_or_graded_with_or_without_a_warning(monkeypatch) -> None:
    """The outline of the disc in the middle reaches as far as the middle of the vertebra below."""
    image = LabelledImage("sudirman", "1", 1, "t2", "x", np.zeros((120, 120), np.uint8), ())
    disc = Disc("L3/L4", "x", 0, (60.0, 60.0), (60.0, 75.0), None, 20.0, (1.0, 0.0), 1.0)
    mask = np.zeros((120, 120), np.uint8)
    mask[58:72, 50:70] = Structure.DISC
    anatomy = Anatomy("x", (disc,), level_certain=True, masks={0: mask})
    monkeypatch.setattr(ood_eval, "_any_graded", lambda discs, *_: discs[0].center_px[1] > 20.0)
    bundle = SimpleNamespace(detect_and_segment=lambda series: anatomy)
    one, two, vertebra = ood_eval._misplaced_discs([image] * 50, bundle)
    assert (one.images, one.rejected, one.warned) == (40, 0, 40)
    assert (two.rejected, two.warned) == (40, 0), "a rejected disc needs no warning"
    assert (vertebra.rejected, vertebra.warned) == (0, 0), "the outline reaches that far"


def test_samples_of_pydicom_and_scikit_image_are_available() -> None:
    assert len(photographs(NAMES)) >= 8
    samples = ood_eval._pydicom_samples()
    assert len(samples) >= 20
    assert all(sample.dtype == np.uint8 and sample.max() == 255 for sample in samples)
