"""Series in another frame of reference whose positions agree with the discs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.assumed_position import (
    ASSUMED,
    assume_position,
    position_agreement,
    withdraw_assumption,
)
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Plane, Study
from tests.pages import fakes

DISCS = fakes.reading().discs
"""Their middles lie at (8, 90, -36), (8, 90, -72) ... (8, 90, -180) mm, on sagittal slices."""


def study(heights: tuple[float, ...], x: float = 0.0, **changes: object) -> Study:
    """Axial slices of 101 x 101 mm whose middle lies at (8 + x, 90) mm, in a frame of reference of their own."""
    sagittal = replace(fakes.study().series[0], study_uid="1.2")
    positions = np.array([[8.0 + x - 50, 90.0 - 50, z] for z in heights])
    geometry = StackGeometry(positions, np.array([1.0, 0, 0]), np.array([0.0, 1, 0]), (1.0, 1.0))
    axial = replace(
        sagittal,
        uid="axial",
        plane=Plane.AXIAL,
        pixels=np.zeros((len(heights), 101, 101), np.int16),
        geometry=geometry,
        frame_of_reference_uid="9.9",
        **changes,
    )
    return replace(fakes.study(), series=(sagittal, axial))


def test_agreement_counts_discs_on_slices_and_their_distance_from_the_middle():
    found = study((-36.0, -75.0, -112.5, -180.0), x=6.0)
    agreement = position_agreement(found, DISCS, found.series[1])
    # -112.5 is 4.5 mm from the disc at -108, and none lies at -144.
    assert (agreement.reached, agreement.discs) == (3, 5)
    assert agreement.off_centre_mm == pytest.approx(6.0)


@pytest.mark.parametrize(
    "found",
    [
        study((300.0, 340.0)),
        study((-36.0,)),
        study((-36.0, -72.0), x=40.0),
        study((-36.0, -72.0), study_uid="another"),
        study((-36.0, -72.0), study_date="20200101", study_uid="another"),
    ],
    ids=["elsewhere", "one disc", "discs at the margin", "another study", "another day"],
)
def test_positions_that_do_not_agree_are_not_offered(found):
    assert position_agreement(found, DISCS, found.series[1]) is None


def test_series_of_the_same_frame_or_plane_are_not_offered():
    found = study((-36.0, -72.0))
    axial = found.series[1]
    assert position_agreement(found, DISCS, replace(axial, frame_of_reference_uid="1.2.3")) is None
    assert position_agreement(found, DISCS, replace(axial, plane=Plane.SAGITTAL)) is None


def test_an_assumption_is_noted_and_can_be_withdrawn():
    found = study((-36.0, -72.0))
    sagittal, axial = found.series
    assumed = assume_position(found, "axial", "1.2.3")
    assert sagittal.shares_coordinates(assumed.series[1])
    assert [note.text for note in assumed.series[1].notes] == [ASSUMED]
    assert assumed.series[0] is sagittal
    back = withdraw_assumption(assumed, "axial", "9.9")
    assert not sagittal.shares_coordinates(back.series[1])
    assert back.series[1].notes == axial.notes
