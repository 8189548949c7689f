from __future__ import annotations

import pytest

from spine_core.study.gradable_size import MIN_SIDE_PIXELS, too_small


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 512), (512, 1), (MIN_SIDE_PIXELS - 1, 512), (512, MIN_SIDE_PIXELS - 1)]
)
def test_too_small_slices_are_refused_with_a_reason(size) -> None:
    assert too_small(*size) == f"too small to show a spine ({size[0]} x {size[1]} pixels)"


@pytest.mark.parametrize("size", [(MIN_SIDE_PIXELS, MIN_SIDE_PIXELS), (64, 64), (384, 128), (4096, 4096)])
def test_real_matrices_are_large_enough(size) -> None:
    assert too_small(*size) == ""
