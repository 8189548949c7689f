"""The real data sets as they are read for training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spine_core.anatomy.model import LEVELS, Structure
from spine_core.training.data import Picture, _merge_boxes, discs_of_mask, read_all


@pytest.fixture(scope="module")
def pictures(data_dir: Path) -> list[Picture]:
    return read_all(data_dir, space=False)


def test_a_disc_with_several_boxes_is_one_disc_with_several_labels() -> None:
    boxes = [
        ("normal_disc", (100.0, 200.0)),
        ("ddd", (150.0, 205.0)),
        ("lumbar_bulge", (152.0, 207.0)),
        ("canal_stenosis", (149.0, 228.0)),
        ("spondylolisthesis", (105.0, 190.0)),
    ]
    centers, labels = _merge_boxes(boxes)
    assert centers == [(152.0, 207.0), (100.0, 200.0)]
    assert labels == [{"ddd", "lumbar_bulge", "canal_stenosis"}, {"normal_disc", "spondylolisthesis"}]


def test_no_patient_is_in_two_folds(pictures: list[Picture]) -> None:
    folds: dict[tuple[str, str], set[int]] = {}
    for picture in pictures:
        folds.setdefault((picture.source, picture.patient), set()).add(picture.fold)
    assert len(folds) > 500
    assert all(len(found) == 1 for found in folds.values())


def test_the_lowest_disc_is_called_l5_s1(pictures: list[Picture]) -> None:
    for picture in pictures:
        marked = [d for d in picture.discs if d.center or d.posterior]
        rows = [(d.center or d.posterior or (0, 0))[0] for d in marked]
        assert rows == sorted(rows, reverse=True)
        assert [d.level for d in picture.discs][: len(LEVELS)] == list(reversed(LEVELS))


def test_labels_of_both_sets_keep_their_counts(pictures: list[Picture]) -> None:
    sudirman = [d for p in pictures if p.source == "sudirman" and p.sequence == "t2" for d in p.discs]
    spider = [d for p in pictures if p.source == "spider" and p.sequence == "t2" for d in p.discs]
    # 796 lumbar and 63 thoracic bulge boxes on T2, less those of pictures left out for a missing box
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


def test_a_mask_with_a_missing_disc_teaches_no_levels() -> None:
    mask = np.zeros((400, 100), dtype=np.uint8)
    for index in (0, 1, 3, 4, 5, 6):
        mask[20 + 40 * index : 30 + 40 * index, 30:60] = Structure.DISC
    assert discs_of_mask(mask) == ()
