"""Masks mapped back to the slice, from a segmentation network with known output."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from spine_core.anatomy import detector, segmenter
from spine_core.anatomy.segmentation import BACK, FRONT, TTA_VIEWS, entropy, near_spine, segment
from spine_core.anatomy.types import LEVELS, Anatomy, Disc, Structure
from spine_core.evaluation.types import LabelledImage
from spine_core.study.geometry import Affine2
from spine_core.study.types import Series
from spine_core.training.datasets.crop_cache import series_of

PITCH = 40
TOP, COLUMN = 60, 128
BAR = np.s_[TOP : TOP + 4 * PITCH, COLUMN + 20 : COLUMN + 36]
"""A bright bar behind the discs, where the canal would be."""


def spine() -> Series:
    pixels = np.full((280, 256), 40, dtype=np.uint8)
    pixels[BAR] = 240
    # Outside any spine.
    pixels[TOP : TOP + 4 * PITCH, 2:12] = 240
    return series_of(LabelledImage("made", "1", 2, "t2", "made.png", pixels, ()))


def discs() -> tuple[Disc, ...]:
    return tuple(
        Disc(
            level=level,
            series_uid="made.png",
            slice_index=0,
            center_px=(TOP + PITCH * order, COLUMN),
            posterior_px=(TOP + PITCH * order, COLUMN + 18.0),
            center_mm=None,
            inter_disc_px=PITCH,
            caudal=(1.0, 0.0),
            confidence=0.9,
        )
        for order, level in enumerate(LEVELS)
    )


class Bright:
    """Segments bright pixels as canal, equally in every view. A cell's probability is the mean of its four pixels."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        self.shapes.append(images.shape)
        count, rows, columns = images.shape
        grey = images * detector.STD + detector.MEAN
        cells = grey.reshape(count, rows // 2, 2, columns // 2, 2).mean(axis=(2, 4))
        probabilities = np.zeros((count, len(Structure), rows // 2, columns // 2), dtype=np.float32)
        probabilities[:, Structure.CANAL] = np.clip(cells, 0.0, 1.0)
        probabilities[:, Structure.BACKGROUND] = 1 - probabilities[:, Structure.CANAL]
        return probabilities


@pytest.fixture(scope="module")
def outlined() -> Anatomy:
    return segment(Bright(), spine(), Anatomy("made.png", discs(), level_certain=True))  # type: ignore[arg-type]


def test_the_segmentation_has_the_position_of_the_structure(outlined: Anatomy) -> None:
    truth = np.zeros((280, 256), dtype=bool)
    truth[BAR] = True
    canal = outlined.masks[0] == Structure.CANAL
    shared = 2 * (canal & truth).sum() / (canal.sum() + truth.sum())
    assert shared > 0.97
    rows, columns = np.nonzero(canal)
    assert (rows.mean(), columns.mean()) == pytest.approx((TOP + 2 * PITCH - 0.5, COLUMN + 27.5), abs=0.2)


def test_pixels_away_from_the_spine_are_background(outlined: Anatomy) -> None:
    assert not outlined.masks[0][:, :20].any()


def test_a_slice_with_anisotropic_pixels_is_resampled_to_square_pixels() -> None:
    """Rows twice as high: discs 20 rows apart are still 40 columns' widths apart."""
    tall = spine()
    flat = replace(tall, pixels=tall.pixels[:, ::2], spacing=(2.0, 1.0))
    half = tuple(replace(d, center_px=(d.center_px[0] / 2, d.center_px[1])) for d in discs())
    found = segment(Bright(), flat, Anatomy("made.png", half, level_certain=True))  # type: ignore[arg-type]
    truth = np.zeros((140, 256), dtype=bool)
    truth[TOP // 2 : TOP // 2 + 2 * PITCH, COLUMN + 20 : COLUMN + 36] = True
    canal = found.masks[0] == Structure.CANAL
    assert 2 * (canal & truth).sum() / (canal.sum() + truth.sum()) > 0.95


def test_every_slice_with_a_disc_is_evaluated_once_per_tta_view() -> None:
    first = spine()
    stack = replace(first, pixels=np.repeat(first.pixels, 3, axis=0), files=first.files * 3,
                    sop_instance_uids=(None,) * 3)  # fmt: skip
    on_two = tuple(replace(d, slice_index=2 * (i % 2)) for i, d in enumerate(discs()))
    network = Bright()
    found = segment(network, stack, Anatomy("made.png", on_two, level_certain=True))  # type: ignore[arg-type]
    assert network.shapes == [(len(TTA_VIEWS), *segmenter.SIZE)] * 2
    assert sorted(found.masks) == sorted(found.uncertainty) == [0, 2]


def test_without_discs_nothing_is_segmented() -> None:
    nothing = Anatomy("made.png", (), level_certain=False, reasons=("nothing there",))
    found = segment(Bright(), spine(), nothing)  # type: ignore[arg-type]
    assert (found.masks, found.uncertainty, found.reasons) == ({}, {}, nothing.reasons)


def test_uncertainty_is_0_for_certain_and_1_for_uniform_probabilities() -> None:
    probabilities = np.array([[1.0, 0.25, 0.5], [0.0, 0.25, 0.5], [0.0, 0.25, 0.0], [0.0, 0.25, 0.0]])[
        :, None
    ]
    np.testing.assert_allclose(entropy(probabilities.astype(np.float32)), [[0.0, 1.0, 0.5]], atol=1e-3)


def test_uncertainty_is_highest_at_edges(outlined: Anatomy) -> None:
    entropies = outlined.uncertainty[0]
    assert entropies[TOP + 50, COLUMN + 28] < 0.05
    assert entropies[TOP + 50, COLUMN + 18 : COLUMN + 23].max() > 0.3


def test_near_spine_extends_from_front_to_back_of_the_line_through_the_discs() -> None:
    near = near_spine(discs(), Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0)), (280, 256), 1.0)
    row = np.flatnonzero(near[TOP + 70])
    assert (row[0], row[-1]) == pytest.approx((COLUMN - FRONT * PITCH, COLUMN + BACK * PITCH), abs=1.0)


def test_the_line_is_extended_by_one_disc_at_both_ends() -> None:
    """A spine that leans back by 45 degrees: above the highest disc, the area behind the spine is kept too."""
    leaning = tuple(
        replace(d, center_px=(TOP + PITCH * i * 0.7071, 160 - PITCH * i * 0.7071), caudal=(0.7071, -0.7071))
        for i, d in enumerate(discs())
    )
    near = near_spine(leaning, Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0)), (280, 256), 1.0)
    above = np.array(leaning[0].center_px) + PITCH * 0.9 * np.array([-0.7071, 0.7071])
    behind = np.array([0.7071, 0.7071]) * PITCH
    for place, kept in ((above, True), (above + 1.8 * behind, True), (above - 1.2 * behind, False)):
        assert near[tuple(np.rint(place).astype(int))] == kept
