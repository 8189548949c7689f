"""The real data sets as they are read for training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS, Structure
from spine_core.evaluation.types import LabelledImage
from spine_core.training.datasets import sudirman
from spine_core.training.datasets.corrected_boxes import (
    Boxes,
    BoxOrigin,
    box_origin,
    correct_boxes,
    merge_boxes,
)
from spine_core.training.datasets.masks import discs_of_mask
from spine_core.training.datasets.motion import estimate_shift
from spine_core.training.datasets.registry import folds

COLUMN = tuple((300.0 - 45 * index, 150.0) for index in range(6))
"""Discs of a straight spine, from the lowest upwards."""


def test_a_disc_with_several_boxes_is_one_disc_with_several_labels() -> None:
    boxes = [
        ("normal_disc", (100.0, 200.0)),
        ("ddd", (150.0, 205.0)),
        ("lumbar_bulge", (152.0, 207.0)),
        ("canal_stenosis", (149.0, 228.0)),
        ("spondylolisthesis", (105.0, 190.0)),
    ]
    found = merge_boxes(boxes)
    assert found.centers == ((152.0, 207.0), (100.0, 200.0))
    assert found.labels == ({"ddd", "lumbar_bulge", "canal_stenosis"}, {"normal_disc", "spondylolisthesis"})


def boxes_at(right: float, *labels: str) -> Boxes:
    """The discs of ``COLUMN``, moved to the right, all with the same labels."""
    centers = tuple((row, column + right) for row, column in COLUMN)
    return Boxes(centers, (frozenset(labels),) * len(centers))


PUBLISHED = {
    "0001_T1.png": boxes_at(1, "normal_disc"),
    "0001_T2.png": boxes_at(1, "normal_disc"),
    "0002_T1.png": boxes_at(2, "ddd"),
    "0002_T2.png": boxes_at(3, "lumbar_bulge"),
    "0002_T2_1.png": boxes_at(2, "ddd"),
    "0003_T1.png": boxes_at(3, "lumbar_bulge"),
    "0003_T2.png": boxes_at(4, "normal_disc"),
    "0004_T1.png": boxes_at(4, "normal_disc"),
    "0005_T1.png": boxes_at(5, "ddd"),
    "0006_T1.png": boxes_at(6, "ddd"),
    "0006_T2.png": boxes_at(7, "normal_disc"),
}


def test_boxes_of_t1_are_traced_to_their_original_image() -> None:
    assert {name: box_origin(name, PUBLISHED) for name in PUBLISHED if "_T1" in name} == {
        "0001_T1.png": BoxOrigin.SAME_EXAMINATION,
        "0002_T1.png": BoxOrigin.SAME_PATIENT,
        "0003_T1.png": BoxOrigin.OTHER_PATIENT,
        "0004_T1.png": BoxOrigin.OTHER_PATIENT,
        "0005_T1.png": BoxOrigin.UNMATCHED_NO_T2,
        "0006_T1.png": BoxOrigin.UNMATCHED,
    }


def test_t1_gets_the_boxes_of_its_t2_and_is_left_out_with_another_patients_boxes() -> None:
    found = correct_boxes(PUBLISHED)
    assert {name: boxes for name, boxes in found.items() if "_T2" in name} == {
        name: boxes for name, boxes in PUBLISHED.items() if "_T2" in name
    }
    for patient in ("0001", "0002", "0003", "0006"):
        assert found[f"{patient}_T1.png"] == PUBLISHED[f"{patient}_T2.png"]
    assert found["0005_T1.png"] == PUBLISHED["0005_T1.png"]
    assert "0004_T1.png" not in found


def test_boxes_with_a_gap_or_too_few_discs_are_incomplete() -> None:
    every = boxes_at(0).centers
    for centers, whole in ((every, True), (every[:4], False), (every[:2] + every[3:], False)):
        assert Boxes(centers, (frozenset(),) * len(centers)).is_complete is whole


def weightings(down: float, right: float) -> tuple[np.ndarray, np.ndarray]:
    """Discs, vertebrae and canal of ``COLUMN`` as T1 and T2 might show them, T1 moved by so many pixels."""
    from scipy import ndimage

    rows, columns = np.mgrid[0:384, 0:300]
    tissue = np.zeros((384, 300), dtype=int)
    tissue[(np.abs(columns - 150) < 28) & (rows > 40)] = 1
    for row, column in COLUMN:
        tissue[np.hypot((rows - row) / 0.3, columns - column) < 26] = 2
    tissue[np.abs(columns - 200) < 9] = 3
    grey = np.random.default_rng(0).normal(0, 4, tissue.shape)
    t1, t2 = (
        np.array(shades)[tissue] + grey for shades in ((60.0, 150.0, 90.0, 30.0), (70.0, 110.0, 170.0, 240.0))
    )
    t1 = ndimage.shift(t1, (down, right), mode="nearest")
    return t1.clip(0, 255).astype(np.uint8), t2.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("down", "right"), [(0.0, 0.0), (7.0, -4.0), (-3.5, 12.25)])
def test_patient_motion_between_t1_and_t2_is_estimated_to_half_a_pixel(down: float, right: float) -> None:
    t1, t2 = weightings(down, right)
    assert estimate_shift(t1, t2, COLUMN, 45.0) == pytest.approx((down, right), abs=0.5)


def test_motion_of_half_an_inter_disc_distance_is_ignored() -> None:
    t1, t2 = weightings(0.0, 25.0)
    assert estimate_shift(t1, t2, COLUMN, 60.0) == pytest.approx((0.0, 25.0), abs=0.5)
    assert estimate_shift(t1, t2, COLUMN, 45.0) == (0.0, 0.0)
    assert estimate_shift(t1[:, :200], t2, COLUMN, 60.0) == (0.0, 0.0)


@pytest.mark.slow
def test_labels_of_another_patient_on_t1_are_replaced_by_the_patients_own(data_dir: Path) -> None:
    split = folds(data_dir)
    before = {p.name: p for p in sudirman.read(data_dir / "sudirman", split, as_published=True)}
    after = {p.name: p for p in sudirman.read(data_dir / "sudirman", split)}

    def places(image: LabelledImage) -> np.ndarray:
        return np.array([disc.center for disc in image.discs])

    assert np.array_equal(places(before["0561_T1.png"]), places(before["0560_T2.png"]))
    own, t2 = after["0561_T1.png"], after["0561_T2.png"]
    assert [disc.grades for disc in own.discs] == [disc.grades for disc in t2.discs]
    assert np.abs(places(own) - places(t2)).max() < 0.1 * t2.inter_disc_px
    # This one moved by a third of an inter-disc distance, with its vertebrae but without its boxes.
    moved = places(after["0395_T1.png"]) - places(before["0395_T1.png"])
    assert np.ptp(moved, axis=0) == pytest.approx(0, abs=1e-9)
    assert 0.25 < moved[0, 1] / after["0395_T1.png"].inter_disc_px < 0.5
    assert before.keys() - after.keys() == {"0428_T1.png", "0568_T1.png"}


@pytest.mark.slow
def test_no_patient_is_in_two_folds(labelled_images: tuple[LabelledImage, ...]) -> None:
    folds: dict[tuple[str, str], set[int]] = {}
    for image in labelled_images:
        folds.setdefault((image.source, image.patient), set()).add(image.fold)
    assert len(folds) > 500
    assert all(len(found) == 1 for found in folds.values())


def test_the_lowest_disc_is_called_l5_s1(labelled_images: tuple[LabelledImage, ...]) -> None:
    for image in labelled_images:
        marked = [d for d in image.discs if d.center or d.posterior]
        rows = [(d.center or d.posterior or (0, 0))[0] for d in marked]
        assert rows == sorted(rows, reverse=True)
        assert [d.level for d in image.discs][: len(LEVELS)] == list(reversed(LEVELS))


def test_labels_of_both_datasets_have_the_expected_counts(labelled_images: tuple[LabelledImage, ...]) -> None:
    sudirman = [d for p in labelled_images if p.source == "sudirman" and p.sequence == "t2" for d in p.discs]
    spider = [d for p in labelled_images if p.source == "spider" and p.sequence == "t2" for d in p.discs]
    # 796 lumbar and 63 thoracic bulge boxes on T2, less those of images excluded for a missing box
    assert 830 <= sum(d.grades["bulging"] for d in sudirman) <= 859
    assert 55 <= sum(d.grades["herniation"] for d in spider) <= 62


def test_discs_of_a_mask_are_counted_upwards_with_their_posterior_edge_at_the_canal() -> None:
    mask = np.zeros((300, 120), dtype=np.uint8)
    mask[:, 70:90] = Structure.CANAL
    for index in range(6):
        mask[20 + 40 * index : 30 + 40 * index, 30:68] = Structure.DISC
    discs = discs_of_mask(mask)
    assert [d.level for d in discs] == ["L5/S1", "L4/L5", "L3/L4", "L2/L3", "L1/L2", "other"]
    assert discs[0].center == pytest.approx((224.5, 48.5))
    assert discs[0].posterior is not None
    assert discs[0].posterior[0] == pytest.approx(224.5)
    assert discs[0].posterior[1] == pytest.approx(66, abs=1.5)


def test_a_mask_with_a_missing_disc_has_no_levels() -> None:
    mask = np.zeros((400, 100), dtype=np.uint8)
    for index in (0, 1, 3, 4, 5, 6):
        mask[20 + 40 * index : 30 + 40 * index, 30:60] = Structure.DISC
    assert discs_of_mask(mask) == ()
