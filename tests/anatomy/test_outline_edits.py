from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.outline_edits import dice, edited_masks, outline_edit
from spine_core.anatomy.types import Anatomy, Structure
from tests.pages import fakes

SIGNED = ("Anna Example", "2026-11-30T12:00:00+00:00")
DISC, VERTEBRA = Structure.DISC, Structure.VERTEBRA


@pytest.fixture
def series():
    return replace(fakes.study().series[0], spacing=(0.5, 0.4))


def drawn(series, rows, columns) -> np.ndarray:
    mask = np.zeros((series.rows, series.columns), dtype=bool)
    mask[rows, columns] = True
    return mask


@pytest.fixture
def anatomy(series) -> Anatomy:
    """Slice 2 has a disc of 4 x 10 pixels under a vertebra of 3 x 10."""
    labels = np.zeros((series.rows, series.columns), dtype=np.uint8)
    labels[13:17, 20:30] = DISC
    labels[10:13, 20:30] = VERTEBRA
    return Anatomy(series.uid, (), level_certain=True, masks={2: labels})


def test_dice_and_area_are_those_against_the_segmentation(series, anatomy):
    # One row of ten pixels more: 40 of 40 and 50 pixels are common, 2 x 40 / 90.
    edit = outline_edit(series, anatomy, (2, DISC), drawn(series, slice(13, 18), slice(20, 30)), SIGNED)
    assert edit.dice == pytest.approx(80 / 90)
    assert edit.changed_px == 10
    assert edit.changed_mm2 == pytest.approx(10 * 0.5 * 0.4)
    assert (edit.reader, edit.edited) == SIGNED


def test_without_a_spacing_the_area_is_unknown_and_without_a_segmentation_dice_is(series, anatomy):
    mask = drawn(series, slice(5, 7), slice(5, 8))
    edit = outline_edit(replace(series, spacing=None), anatomy, (0, DISC), mask, SIGNED)
    assert (edit.changed_mm2, edit.changed_px, edit.dice) == (None, 6, None)


def test_dice_of_two_empty_masks_is_one():
    empty = np.zeros((2, 2), dtype=bool)
    assert dice(empty, empty) == 1.0
    assert dice(empty, ~empty) == 0.0


def test_the_current_masks_are_the_segmentation_with_the_last_edit_of_each_place(series, anatomy):
    first = outline_edit(series, anatomy, (2, DISC), drawn(series, slice(13, 20), slice(20, 30)), SIGNED)
    last = outline_edit(series, anatomy, (2, DISC), drawn(series, slice(12, 16), slice(20, 30)), SIGNED)
    taken = outline_edit(series, anatomy, (2, VERTEBRA), drawn(series, slice(10, 12), slice(20, 30)), SIGNED)
    for edits in ((first, last, taken), (first, taken, last)):
        labels = edited_masks(anatomy, edits)[2]
        assert labels[10:17, 25].tolist() == [VERTEBRA, VERTEBRA, DISC, DISC, DISC, DISC, 0]
    assert anatomy.masks[2][16, 25] == DISC, "the segmentation's own mask is kept"


def test_an_edit_adds_a_slice_that_was_not_segmented_and_leaves_the_others_alone(series, anatomy):
    edit = outline_edit(series, anatomy, (3, DISC), drawn(series, slice(1, 2), slice(1, 3)), SIGNED)
    of_another = replace(edit, series_uid="other")
    masks = edited_masks(anatomy, (edit, of_another))
    assert sorted(masks) == [2, 3]
    assert masks[2] is anatomy.masks[2]
    assert np.argwhere(masks[3]).tolist() == [[1, 1], [1, 2]]


@pytest.mark.parametrize("place", [(-1, DISC), (99, DISC), (2, Structure.BACKGROUND)])
def test_an_outline_needs_a_slice_and_a_structure(series, anatomy, place):
    with pytest.raises(ValueError, match="there is no"):
        outline_edit(series, anatomy, place, drawn(series, 0, 0), SIGNED)


def test_a_mask_of_another_size_is_refused(series, anatomy):
    with pytest.raises(ValueError, match="does not fit"):
        outline_edit(series, anatomy, (2, DISC), np.zeros((3, 3), dtype=bool), SIGNED)
