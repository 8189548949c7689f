"""Disc sequences and levels from heat maps drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.anatomy import detector
from spine_core.anatomy.disc_sequence import (
    DetectorOutput,
    disc_indices,
    find_disc_sequence,
    posterior_edge_cell,
    whole_slice_frame,
)
from spine_core.anatomy.level_assignment import (
    SHIFTS,
    UNASSIGNED,
    SliceDetection,
    assign_levels,
    best_slices,
    located_discs,
)
from spine_core.anatomy.types import LEVELS, Structure
from spine_core.training.models.augmentation import gaussian_heatmap

GRID = detector.SIZE // detector.STRIDE
FRAME = whole_slice_frame((detector.SIZE, detector.SIZE), 1.0)


def drawn(cells: list[tuple[float, float]], levels: list[str | None]) -> DetectorOutput:
    """A view in which a peak of height 0.9 stands at every cell, in its level's channel."""
    output = np.zeros((detector.OUTPUTS, GRID, GRID), dtype=np.float32)
    for cell, level in zip(cells, levels, strict=True):
        channel = detector.OTHER if level is None else detector.CENTERS.start + LEVELS.index(level)
        output[channel] = np.maximum(output[channel], 0.9 * gaussian_heatmap(np.array([cell]), GRID, 2.2))
    return DetectorOutput(FRAME, output)


SPINE = [(100.0, 60.0), (84.0, 54.0), (68.0, 51.0), (52.0, 50.0), (36.0, 51.0), (20.0, 53.0)]
NAMES: list[str | None] = ["L5/S1", "L4/L5", "L3/L4", "L2/L3", "L1/L2", None]


def test_peaks_become_a_sequence_from_the_lowest_upwards() -> None:
    chain = find_disc_sequence(drawn(SPINE, NAMES))
    assert chain is not None
    np.testing.assert_allclose(chain.cells, SPINE, atol=0.3)
    assert chain.spacing == pytest.approx(16.0, abs=1.2)


def test_a_peak_off_the_spine_is_left_out() -> None:
    chain = find_disc_sequence(drawn([*SPINE, (60.0, 110.0)], [*NAMES, None]))
    assert chain is not None
    assert len(chain.cells) == len(SPINE)


def test_a_weak_peak_between_two_discs_does_not_change_the_sequence() -> None:
    view = drawn(SPINE, NAMES)
    view.output[detector.OTHER] = np.maximum(
        view.output[detector.OTHER], 0.35 * gaussian_heatmap(np.array([[60.0, 58.0]]), GRID, 2.2)
    )
    chain = find_disc_sequence(view)
    assert chain is not None
    np.testing.assert_allclose(chain.cells, SPINE, atol=0.3)


def test_a_missed_disc_is_counted() -> None:
    chain = find_disc_sequence(drawn(SPINE[:2] + SPINE[3:], NAMES[:2] + NAMES[3:]))
    assert chain is not None
    assert disc_indices(chain).tolist() == [0, 1, 3, 4, 5]


def seen(cells: list[tuple[float, float]], levels: list[str | None], index: int = 0) -> SliceDetection:
    view = drawn(cells, levels)
    chain = find_disc_sequence(view)
    assert chain is not None
    return SliceDetection(index, view, chain)


def test_levels_are_assigned_by_all_discs_jointly() -> None:
    # The lowest is labelled L4/L5 by mistake; the other discs outweigh it.
    count = assign_levels([seen(SPINE, ["L4/L5", "L4/L5", "L3/L4", "L2/L3", "L1/L2", None])])
    assert count.indices[0].tolist() == [0, 1, 2, 3, 4, 5]
    assert count.shift == 0


def test_a_sacral_disc_below_does_not_shift_the_levels() -> None:
    count = assign_levels([seen([(114.0, 70.0), *SPINE[:5]], [None, *NAMES[:5]])])
    assert count.indices[0].tolist() == [-1, 0, 1, 2, 3, 4]


def test_a_sacral_disc_on_the_midline_is_reported() -> None:
    sacral = seen([(114.0, 70.0), *SPINE[:5]], [None, *NAMES[:5]])
    plain = seen(SPINE[:5], NAMES[:5])
    assert not assign_levels([plain]).possible_transitional
    found = assign_levels([sacral])
    assert (found.shift, found.possible_transitional) == (-1, True)


def test_the_support_of_a_count_is_the_mean_log_heat_of_its_levels() -> None:
    """Every disc is where its level peaks at 0.9; one level further none is, but for thoracic ones, which all are."""
    count = assign_levels([seen(SPINE, NAMES)])
    support = dict(zip(SHIFTS, count.support.tolist(), strict=True))
    assert support[0] == pytest.approx(np.log(0.9), abs=0.02)
    assert support[1] == pytest.approx((np.log(0.9) + 5 * np.log(0.01)) / 6, abs=0.02)
    assert support[-1] == pytest.approx(np.log(0.01), abs=0.02)


def test_equal_heat_at_all_levels_supports_all_counts_equally() -> None:
    alike = np.sort(assign_levels([seen(SPINE, [None] * len(SPINE))]).support)
    assert alike[-1] - alike[-2] == pytest.approx(0.0, abs=0.02)


def test_slices_with_a_missing_or_additional_disc_are_aligned() -> None:
    moved = [(row + 2.0, column + 3.0) for row, column in SPINE]
    slices = [
        seen(SPINE, NAMES, 4),
        seen(moved[1:], NAMES[1:], 5),
        seen([(116.0, 68.0), *SPINE], [None, *NAMES], 6),
    ]
    count = assign_levels(slices)
    assert count.indices[4].tolist() == [0, 1, 2, 3, 4, 5]
    assert count.indices[5].tolist() == [1, 2, 3, 4, 5]
    assert [i for i in count.indices[6].tolist() if i != UNASSIGNED] == [-1, 0, 1, 2, 3, 4, 5]


def test_a_midline_that_crosses_the_stack_is_followed() -> None:
    """A scoliosis: each level's canal is seen on another slice."""
    slices = []
    for index in range(5):
        one = seen(SPINE[:5], NAMES[:5], index)
        row, column = SPINE[4 - index]
        at = posterior_edge_cell(one.output, np.array([row, column]), np.array([1.0, 0.0]), 16.0)
        one.output.output[int(Structure.CANAL)] = gaussian_heatmap(
            at[None] + np.array([[0.0, 2.0]]), GRID, 5.0
        )
        slices.append(one)
    count = assign_levels(slices)
    chosen = best_slices({s.index: located_discs(s, count.indices[s.index]) for s in slices})
    assert chosen == {"L1/L2": 0, "L2/L3": 1, "L3/L4": 2, "L4/L5": 3, "L5/S1": 4}


def test_two_peaks_are_no_disc_sequence() -> None:
    assert find_disc_sequence(drawn(SPINE[:2], NAMES[:2])) is None


def test_the_posterior_edge_is_the_heat_peak_or_the_expected_position() -> None:
    view = drawn(SPINE, NAMES)
    cell, down = np.array(SPINE[2]), np.array([1.0, 0.0])
    expected = posterior_edge_cell(view, cell, down, 16.0)
    np.testing.assert_allclose(expected, [68.0, 51.0 + 0.46 * 16.0])
    view.output[detector.POSTERIOR] = 0.8 * gaussian_heatmap(np.array([[70.0, 60.0]]), GRID, 2.2)
    np.testing.assert_allclose(posterior_edge_cell(view, cell, down, 16.0), [70.0, 60.0], atol=0.3)


def test_cells_and_slice_pixels_are_inverse() -> None:
    view = DetectorOutput(
        whole_slice_frame((300, 200), 1.3), np.zeros((detector.OUTPUTS, GRID, GRID), dtype=np.float32)
    )
    points = np.array([[10.0, 20.0], [250.0, 130.0]])
    np.testing.assert_allclose(view.to_slice(view.cells(points)), points)
    assert len(Structure) == detector.SEGMENTS
