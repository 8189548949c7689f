from __future__ import annotations

import numpy as np
import pytest

from spine_core.anatomy.run_length import decode, encode


def test_runs_are_outside_and_inside_in_turn_row_by_row():
    mask = np.array([[0, 1, 1], [1, 0, 0]], dtype=bool)
    assert encode(mask) == (1, 3, 2)
    assert encode(~mask) == (0, 1, 3, 2), "the first run is outside, even where it is empty"
    assert encode(np.zeros((2, 3), dtype=bool)) == (6,)


@pytest.mark.parametrize("seed", range(5))
def test_a_mask_comes_back_from_its_runs(seed):
    mask = np.random.default_rng(seed).random((17, 11)) < 0.3
    assert np.array_equal(decode(encode(mask), mask.shape), mask)


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([3, 4], "the runs cover 7 pixels, the slice has 6"),
        ([], "the runs cover 0 pixels"),
        ([-3, 9], "whole numbers"),
        ([2.0, 4], "whole numbers"),
        (["2", 4], "whole numbers"),
        ([True, 5], "whole numbers"),
        ([10**30, 0], "whole numbers"),
        ([float("nan")], "whole numbers"),
        ([0] * 5000, "cannot have 5000 runs"),
    ],
)
def test_runs_that_are_no_mask_are_refused(runs, reason):
    with pytest.raises(ValueError, match=reason):
        decode(runs, (2, 3))
