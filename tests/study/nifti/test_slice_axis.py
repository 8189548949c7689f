"""Which axis of a volume its slices follow: evidence in every combination."""

from __future__ import annotations

import itertools

import pytest

from spine_core.study.nifti.slice_axis import slice_axis

PERMUTATIONS = list(itertools.permutations(range(3)))


def permuted(values: tuple[float, ...], order: tuple[int, ...]) -> list[float]:
    """``values`` with the first one, that of the slice axis, at place ``order[0]``."""
    out = [0.0] * 3
    for value, place in zip(values, order, strict=True):
        out[place] = value
    return out


@pytest.mark.parametrize("order", PERMUTATIONS)
@pytest.mark.parametrize("stated", [None, 0, 1, 2])
@pytest.mark.parametrize(
    ("samples", "steps"),
    [
        ((15, 512, 448), (4.4, 0.6, 0.6)),  # 2D multi-slice
        ((15, 512, 448), (0.5, 0.7, 0.7)),  # slices closer than pixels, few of them
        ((64, 256, 256), (0.9, 0.9, 0.9)),  # 3D, cubes
        ((64, 320, 320), (0.7, 0.5, 0.7)),  # pixels that are not square
        ((200, 100, 100), (4.0, 0.8, 0.8)),  # many thick slices
        ((1, 512, 512), (1.0, 0.6, 0.6)),  # one slice
        ((1, 512, 512), (0.3, 0.6, 0.6)),
        ((1, 40, 90), (1.0, 4.4, 0.6)),  # a stack cut across
        ((30, 512, 512), (3.0, 0.6, 0.5)),
        ((100, 120, 110), (1.5, 1.0, 1.0)),
    ],
)
def test_clear_evidence_overrides_the_header(samples, steps, order, stated) -> None:
    assert slice_axis(permuted(samples, order), permuted(steps, order), stated) == order[0]


@pytest.mark.parametrize("order", PERMUTATIONS)
@pytest.mark.parametrize("stated", [None, 0, 1, 2])
def test_the_axis_with_another_step_is_the_slice_axis(order, stated) -> None:
    for step in (0.6, 0.9):
        assert slice_axis([200, 210, 220], permuted((step, 0.75, 0.75), order), stated) == order[0]


@pytest.mark.parametrize("stated", [None, 0, 1, 2])
def test_the_stated_axis_is_used_where_the_voxels_do_not_determine_it(stated) -> None:
    assert slice_axis([200, 210, 220], [0.9, 1.0, 1.1], stated) == stated


@pytest.mark.parametrize("stated", [None, 0, 1, 2])
def test_cubes_can_be_cut_along_any_axis(stated) -> None:
    assert slice_axis([200, 210, 220], [1.0, 1.0, 1.0], stated) is None
