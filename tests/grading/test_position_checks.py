"""Discs off the midline: by hand, and on slices of a phantom whose canal is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.types import Disc, Source, Structure
from spine_core.evaluation.types import LabelledImage
from spine_core.grading.position_checks import (
    levels_on_parasagittal_slices,
    levels_with_warning,
    levels_without_canal,
    position_warnings,
    with_position_warnings,
)
from spine_core.grading.read import read_study
from spine_core.grading.types import Finding, PositionWarning, Status
from spine_core.networks.registry import load_bundle
from spine_core.phantom import build, healthy
from spine_core.phantom.render import Phantom, mid_index, sagittal_slices
from spine_core.study.types import Patient, Series, Study
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.phantoms import to_uint8

SERIES = series_of(LabelledImage("phantom", "1", 1, "t2", "x", np.zeros((120, 120), np.uint8), ()))
DISC = Disc("L4/L5", SERIES.uid, 0, (60.0, 50.0), (60.0, 60.0), None, 20.0, (1.0, 0.0), 1.0)


def test_the_canal_is_measured_within_an_inter_disc_distance() -> None:
    mask = np.zeros((120, 120), np.uint8)
    mask[58:62, 62:67] = Structure.CANAL
    # Twenty pixels are 20 / 400 of a squared inter-disc distance, the required minimum.
    assert levels_without_canal([DISC], {0: mask}, SERIES) == ()
    mask[58, 62] = 0
    assert levels_without_canal([DISC], {0: mask}, SERIES) == ("L4/L5",)
    mask[:, 75:90] = Structure.CANAL
    assert levels_without_canal([DISC], {0: mask}, SERIES) == ("L4/L5",), "canal further away is not counted"
    assert levels_without_canal([DISC], {}, SERIES) == (), "a slice without a mask is not judged"


def test_a_marker_off_the_disc_gives_only_that_warning() -> None:
    empty = np.zeros((120, 120), np.uint8)
    assert position_warnings([DISC], {0: empty}, SERIES) == {"L4/L5": PositionWarning.NO_CANAL}
    assert position_warnings([replace(DISC, source=Source.READER)], {0: empty}, SERIES) == {
        "L4/L5": PositionWarning.OFF_DISC
    }


def at(level: str, row: float, slice_index: int = 0) -> Disc:
    return replace(DISC, level=level, center_px=(row, 50.0), slice_index=slice_index)


FOUR = tuple(at(level, row) for level, row in (("L2/L3", 0), ("L3/L4", 40), ("L4/L5", 80), ("L5/S1", 120)))


def canal(*rows: int) -> np.ndarray:
    """Mask with canal behind the discs at these rows only."""
    mask = np.zeros((140, 120), np.uint8)
    for row in rows:
        mask[max(row - 5, 0) : row + 5, 60:65] = Structure.CANAL
    return mask


def test_a_slice_is_parasagittal_where_most_of_its_discs_have_no_canal() -> None:
    levels = tuple(disc.level for disc in FOUR)
    assert levels_on_parasagittal_slices(FOUR, {0: canal(0, 40)}, SERIES) == (), "two of four are not most"
    assert levels_on_parasagittal_slices(FOUR, {0: canal(0)}, SERIES) == levels
    assert levels_on_parasagittal_slices(FOUR[2:], {0: canal(80)}, SERIES) == (), (
        "one of two may have a narrow canal"
    )
    assert levels_on_parasagittal_slices(FOUR[3:], {0: canal()}, SERIES) == (), "one alone as well"


def test_a_slice_is_judged_by_its_own_discs() -> None:
    discs = (FOUR[0], FOUR[1], at("L4/L5", 80, 1), at("L5/S1", 120, 1))
    masks = {0: canal(0, 40), 1: canal()}
    assert levels_on_parasagittal_slices(discs, masks, SERIES) == ("L4/L5", "L5/S1")
    assert levels_on_parasagittal_slices(discs, {0: masks[0]}, SERIES) == ()


def test_markers_in_front_of_the_spine_do_not_count_for_their_slice() -> None:
    put = tuple(replace(disc, source=Source.READER) for disc in FOUR[1:])
    found = position_warnings((FOUR[0], *put), {0: canal(0)}, SERIES)
    assert found == dict.fromkeys(("L3/L4", "L4/L5", "L5/S1"), PositionWarning.OFF_DISC)


def test_only_graded_findings_of_a_parasagittal_slice_lose_their_grade() -> None:
    graded = Finding("L4/L5", "bulging", Status.GRADED, "", ("t2",), {"absent": 1.0}, "absent", ("absent",))
    missing = Finding("L4/L5", "modic", Status.NOT_GRADABLE, "needs sagittal T1")
    elsewhere = replace(graded, level="L1/L2")
    lost, same, kept = with_position_warnings(
        (graded, missing, elsewhere), {"L4/L5": PositionWarning.PARASAGITTAL}
    )
    assert (lost.status, lost.reason, lost.grade, lost.probabilities) == (
        Status.NOT_GRADABLE,
        PositionWarning.PARASAGITTAL,
        None,
        {},
    )
    assert (same, kept) == (missing, elsewhere)


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return build(healthy(7))


def slice_series(phantom: Phantom, index: int) -> Series:
    """A series of one slice of the phantom."""
    grey = to_uint8(sagittal_slices(phantom, "t2", (index,)).pixels[0])
    return replace(series_of(LabelledImage("phantom", "7", 1, "t2", str(index), grey, ())), uid=str(index))


def findings(*series: Series) -> tuple[Finding, ...]:
    return read_study(Study(series, (), Patient("p"), "0" * 64), load_bundle()).findings


@pytest.mark.slow
def test_a_parasagittal_image_is_refused_and_the_mid_sagittal_one_is_read(
    phantom: Phantom,
) -> None:
    middle = mid_index(phantom)
    off_canal = next(i for i in range(middle, middle + 7) if not (phantom.labels(i) == Structure.CANAL).any())
    good, side = slice_series(phantom, middle), slice_series(phantom, off_canal)
    graded = findings(good)
    assert sum(one.grade is not None for one in graded) > 20
    assert (
        levels_with_warning(graded, PositionWarning.NO_CANAL)
        == levels_with_warning(graded, PositionWarning.PARASAGITTAL)
        == ()
    )
    refused = findings(side)
    assert len(levels_with_warning(refused, PositionWarning.PARASAGITTAL)) >= 4
    assert all(one.grade is None for one in refused)
    both = findings(side, good)
    assert {uid for one in both if one.grade for uid in one.series_uids} == {good.uid}, (
        "the other one is read"
    )
