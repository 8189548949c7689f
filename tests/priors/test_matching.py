from __future__ import annotations

import math

import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS
from spine_core.priors.matching import LevelMatch, match_levels
from tests.priors.conftest import disc

STEP = 35.0


def discs(names, first=0.0):
    return tuple(disc(name, (0.0, 0.0, first - STEP * i)) for i, name in enumerate(names))


def same(points):
    return np.asarray(points)


def test_equal_names_at_equal_places_agree():
    match = match_levels(discs(LEVELS), discs(LEVELS), same)
    assert [(pair.level, pair.prior_level) for pair in match.pairs] == [(name, name) for name in LEVELS]
    assert match.names_agree
    assert match.proposed_shift == 0
    assert match.rms_mm == match.max_mm == 0


def test_the_residual_by_hand():
    prior = (
        disc("L1/L2", (3.0, 0.0, 0.0)),
        disc("L2/L3", (0.0, 4.0, -STEP)),
        disc("L3/L4", (0.0, 0.0, -2 * STEP)),
    )
    match = match_levels(discs(LEVELS[:3]), prior, same)
    assert match.rms_mm == pytest.approx(math.sqrt((9 + 16 + 0) / 3))
    assert match.max_mm == pytest.approx(4)


@pytest.mark.parametrize(("names", "shift"), [(("T12/L1", *LEVELS[:4]), 1), ((*LEVELS[1:], "S1/S2"), -1)])
def test_names_that_are_one_level_off_are_matched_by_place(names, shift):
    match = match_levels(discs(LEVELS), discs(names), same)
    assert [pair.prior_level for pair in match.pairs] == list(names)
    assert not match.names_agree
    assert match.proposed_shift == shift


def test_one_misplaced_disc_renames_nothing():
    prior = (*discs(LEVELS[:4]), disc("L5/S1", (0.0, 0.0, 500.0)))
    match = match_levels(discs(LEVELS), prior, same)
    assert match.proposed_shift == 0
    assert match.unmatched == match.prior_unmatched == ("L5/S1",)
    assert match.prior_level("L5/S1") is None


def test_no_disc_is_counterpart_of_two():
    match = match_levels(discs(LEVELS), discs(LEVELS[::2][:2], first=-10.0), same)
    assert len({pair.prior_level for pair in match.pairs}) == len(match.pairs)


@pytest.mark.parametrize("center", [None, (math.nan, 0.0, 0.0), (0.0, math.inf, 0.0)])
def test_discs_without_a_finite_position_are_left_out(center):
    match = match_levels(discs(LEVELS), (disc("L1/L2", center),), same)
    assert match.pairs == ()
    assert math.isnan(match.rms_mm)
    assert LevelMatch(()).proposed_shift == 0
