"""Dice and surface distance of squares, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import hausdorff_distance

from spine_core.anatomy.outline_edits import dice
from spine_core.training.evaluation.segmentation_eval import hausdorff95


def square(row: int, column: int, side: int) -> np.ndarray:
    mask = np.zeros((40, 40), dtype=bool)
    mask[row : row + side, column : column + side] = True
    return mask


def test_dice_of_two_half_overlapping_squares_is_one_half() -> None:
    assert dice(square(5, 5, 10), square(5, 10, 10)) == pytest.approx(0.5)
    assert dice(square(5, 5, 10), square(5, 5, 10)) == 1.0
    assert dice(square(0, 0, 5), square(20, 20, 5)) == 0.0


def test_a_square_moved_by_three_pixels_is_three_pixels_away() -> None:
    assert hausdorff95(square(5, 5, 10), square(5, 8, 10)) == pytest.approx(3.0)


def test_the_95th_percentile_ignores_a_stray_pixel() -> None:
    first, second = square(5, 5, 20), square(5, 5, 20)
    second[38, 38] = True
    assert hausdorff95(first, second) == 0.0
    assert hausdorff_distance(first, second) > 15


def test_a_missing_structure_has_infinite_distance() -> None:
    assert hausdorff95(square(5, 5, 5), np.zeros((40, 40), dtype=bool)) == np.inf
