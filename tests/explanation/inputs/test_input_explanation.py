"""Scores by slice and weighting, of networks whose answer is known, on a stack with a lesion in known slices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.types import Disc
from spine_core.explanation.inputs.deletion import Support
from spine_core.explanation.inputs.explain import explain_inputs, preprocessing_for
from spine_core.explanation.inputs.types import Side
from spine_core.grading.crops.sagittal import disc_image
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.network import View
from spine_core.networks.outputs import Outputs
from spine_core.networks.preprocessing import Preprocessing
from spine_core.progress import Cancelled
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Patient, Plane, Series, Study, Weighting
from spine_core.weights import ModelId
from tests.explanation.toys import TARGET

TWO = Preprocessing(size=48, width=2.0, shift=0.0)
THREE = replace(TWO, channels=("t2", "t2", "t1"))
ONE = replace(TWO, channels=("t2",))
DISC = Disc("L4/L5", "t2", 4, (60.0, 60.0), (60.0, 75.0), None, 40.0, (1.0, 0.0), 1.0)
LESION = (3, 4)
"""Slices that show it."""


def study(*, slices=9, gap=4.0, geometry=True) -> Study:
    """T2 with a bright square at the disc in ``LESION``, and T1 without; slices run to the patient's left."""
    rows, columns = np.mgrid[:120, :120].astype(np.float32)
    volume = np.stack([np.sin(rows / 9 + k) + np.cos(columns / 7) for k in range(slices)])
    bright = volume.copy()
    for k in LESION:
        if k < slices:
            bright[k, 56:65, 56:65] = 6.0
    return Study(
        (stack("t2", Weighting.T2, bright, gap, geometry), stack("t1", Weighting.T1, volume, gap, geometry)),
        (), Patient("key"), "0" * 64,
    )  # fmt: skip


def stack(uid, weighting, pixels, gap, geometry) -> Series:
    count = len(pixels)
    placed = StackGeometry(
        np.array([[gap * i, 0.0, 0.0] for i in range(count)]),
        np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0]), (1.0, 1.0),
    )  # fmt: skip
    return Series(uid, "", "MR", Plane.SAGITTAL, weighting, "", pixels, placed if geometry else None, (1.0, 1.0), gap,
                  ("f",) * count, (None,) * count, frame_of_reference_uid="1")  # fmt: skip


def image(preprocessing=TWO, here=None):
    here = here or study()
    return disc_image(
        preprocessing, DISC, {one.uid: one for one in here.series if one.uid in preprocessing.channels}
    )


class Centre:
    """Log-odds: how much brighter than the rest the centre is, in the channels with a weight."""

    id = ModelId("centre", "1", "0" * 64)

    def __init__(self, preprocessing, *weights):
        self.preprocessing, self.weights = preprocessing, np.array(weights)
        self.evaluations = 0

    def score(self, images, target):
        self.evaluations += len(images)
        return (images[:, :, 22:26, 22:26].mean(axis=(2, 3)) - images.mean(axis=(2, 3))) @ self.weights - 1.0


def explained(preprocessing, *weights, here=None):
    here = here or study()
    network = Centre(preprocessing, *weights)
    return network, explain_inputs(network, image(preprocessing, here), TARGET, here)


def test_the_slices_with_the_lesion_have_the_highest_scores():
    network, found = explained(TWO, 1.0, 0.0)
    assert [one.step for one in found.slices] == [-3, -2, -1, 0, 1, 2, 3]
    best = sorted(found.slices, key=lambda one: -one.log_odds)[:2]
    assert {one.step for one in best} == {-1, 0}
    assert found.slices[3].log_odds == pytest.approx(found.log_odds)
    assert found.slice_test.support is Support.CONFIRMED
    assert found.slice_test.area < found.slice_test.random_area
    # 128 subsets of slices, and 4 of weightings, left out and blurred.
    assert network.evaluations == found.model_evaluations == 136


def test_slices_say_where_they_lie_in_the_patient():
    _, found = explained(TWO, 1.0, 0.0)
    assert [(one.offset_mm, one.side) for one in found.slices[2:5]] == [
        (4.0, Side.RIGHT), (0.0, None), (4.0, Side.LEFT)
    ]  # fmt: skip
    assert found.slices[0].slices == {"t2": 1, "t1": 1}


def test_slices_that_are_close_together_are_skipped():
    _, found = explained(TWO, 1.0, 0.0, here=study(gap=1.0))
    assert [one.step for one in found.slices] == [-3, 0, 3]


def test_without_coordinates_slices_have_no_distance():
    here = study(geometry=False)
    alone = disc_image(TWO, DISC, {"t2": here.series[0]})
    found = explain_inputs(Centre(TWO, 1.0, 0.0), alone, TARGET, here)
    assert [one.offset_mm for one in found.slices] == [None] * 7
    assert [one.weighting for one in found.weightings] == ["t2"]


def test_a_single_slice_and_a_single_weighting_are_not_testable():
    one_slice = study()
    t2 = replace(one_slice.series[0], pixels=one_slice.series[0].pixels[4:5], geometry=None)
    here = replace(one_slice, series=(t2,))
    at = replace(DISC, slice_index=0)
    found = explain_inputs(Centre(ONE, 1.0), disc_image(ONE, at, {"t2": t2}), TARGET, here)
    assert [one.step for one in found.slices] == [0]
    assert found.slice_test.support is Support.NOT_TESTABLE
    assert found.weighting_test.support is Support.NOT_TESTABLE


def test_the_weighting_that_the_network_uses_has_all_of_the_contribution():
    _, found = explained(TWO, 1.0, 0.0)
    t2, t1 = found.weightings
    assert (t2.weighting, t1.weighting) == ("t2", "t1")
    assert t2.contribution == pytest.approx(found.log_odds - found.empty)
    assert t1.contribution == pytest.approx(0.0)
    assert t2.without == pytest.approx(found.empty)
    assert t1.without == t2.alone == pytest.approx(found.log_odds)
    assert t2.blurred < found.log_odds
    assert found.weighting_test.support is Support.CONFIRMED


def test_channels_of_one_weighting_are_left_out_together():
    _, found = explained(THREE, 1.0, 1.0, 0.5)
    assert [one.weighting for one in found.weightings] == ["t2", "t1"]
    _, by_t2 = explained(THREE, 1.0, 1.0, 0.0)
    assert found.weightings[1].without == found.weightings[0].alone == pytest.approx(by_t2.log_odds)
    assert sum(one.contribution for one in found.weightings) == pytest.approx(found.log_odds - found.empty)


def test_it_can_be_cancelled_between_batches():
    def cancelled(done, what=""):
        if done > 0.5:
            raise Cancelled

    network, here = Centre(TWO, 1.0, 0.0), study()
    with pytest.raises(Cancelled):
        explain_inputs(network, image(TWO, here), TARGET, here, cancelled)
    assert network.evaluations < 136


def test_an_image_without_channels_is_an_error():
    empty = replace(image(), channels=(None, None))
    with pytest.raises(ValueError, match="nothing to leave out"):
        explain_inputs(Centre(TWO, 1.0, 0.0), empty, TARGET, study())


def test_the_crop_on_other_slices_is_made_as_for_the_view_that_the_target_is_read_from():
    first = View(TWO, Outputs((replace(TARGET.output, condition=BY_NAME["herniation"]),)), "first")
    other = View(THREE, Outputs((TARGET.output,)), "other", "L5/S1")
    own = View(ONE, Outputs((TARGET.output,)), "own", "L4/L5")
    network = Centre(TWO, 1.0)
    network.views = (first, other, own)
    assert preprocessing_for(network, image(), TARGET) is ONE
    assert preprocessing_for(Centre(TWO, 1.0), image(), TARGET) is TWO
