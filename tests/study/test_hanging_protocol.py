from __future__ import annotations

import numpy as np

from spine_core.study.hanging_protocol import arrange
from spine_core.study.types import Patient, Plane, Series, Study, Weighting


def stack(uid: str, plane: Plane, weighting: Weighting, slices: int = 3) -> Series:
    pixels = np.zeros((slices, 4, 4), np.uint16)
    return Series(uid, "", "MR", plane, weighting, "", pixels, None, None, None, (), ())


def study(*series: Series) -> Study:
    return Study(series, (), Patient("key"), "0" * 64)


def uids(found: tuple[tuple[Series, ...], int]) -> tuple[list[str], int]:
    return [series.uid for series in found[0]], found[1]


STIR = stack("stir", Plane.SAGITTAL, Weighting.STIR)
AX = stack("ax", Plane.AXIAL, Weighting.T2)
SAG_T1 = stack("sag t1", Plane.SAGITTAL, Weighting.T1)
SAG_T2 = stack("sag t2", Plane.SAGITTAL, Weighting.T2)


def test_sagittal_t2_then_t1_then_axial_t2_come_first_in_any_order_of_files():
    assert uids(arrange(study(STIR, AX, SAG_T1, SAG_T2), {}, lambda _: False)) == (
        ["sag t2", "sag t1", "ax", "stir"],
        3,
    )


def test_the_axial_stack_that_intersects_the_region_is_preferred_then_the_longer_one():
    long = stack("long", Plane.AXIAL, Weighting.T2, slices=9)
    assert uids(arrange(study(AX, long), {}, lambda series: series is AX))[0][0] == "ax"
    assert uids(arrange(study(AX, long), {}, lambda _: False))[0][0] == "long"


def test_an_inferred_weighting_is_used():
    silent = stack("silent", Plane.SAGITTAL, Weighting.UNKNOWN)
    assert uids(arrange(study(STIR, silent), {"silent": "t2"}, lambda _: False)) == (["silent", "stir"], 1)


def test_a_study_without_known_series_is_arranged_in_its_own_order_with_one_pane():
    odd = [stack(str(i), Plane.UNKNOWN, Weighting.UNKNOWN) for i in range(6)]
    assert uids(arrange(study(*odd), {}, lambda _: False)) == (["0", "1", "2", "3"], 1)


def test_of_png_images_the_one_that_was_read_comes_first():
    images = [stack(name, Plane.UNKNOWN, Weighting.UNKNOWN, slices=1) for name in ("side", "mid", "third")]
    found = arrange(study(*images), {"mid": "t2"}, lambda series: series.uid == "mid")
    assert uids(found) == (["mid", "side", "third"], 1)
