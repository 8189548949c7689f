"""Level counts in two series of one patient: equal and different."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.cross_series import LEVELS_DISAGREE, levels_disagree
from spine_core.anatomy.types import LEVELS, Anatomy, Disc
from spine_core.evaluation.types import LabelledImage
from spine_core.grading.read import read_study
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.study.types import Patient, Series, Study, Weighting
from spine_core.training.datasets.crop_cache import series_of

PITCH = 40.0


def discs(up: float = 0.0, *, levels: tuple[str, ...] = LEVELS, uid: str = "t2") -> tuple[Disc, ...]:
    """A straight spine whose discs lie ``up`` inter-disc distances higher than usual."""
    return tuple(
        Disc(
            level=level,
            series_uid=uid,
            slice_index=0,
            center_px=(60 + PITCH * (LEVELS.index(level) - up), 128.0),
            posterior_px=(60 + PITCH * (LEVELS.index(level) - up), 146.0),
            center_mm=None,
            inter_disc_px=PITCH,
            caudal=(1.0, 0.0),
            confidence=0.9,
        )
        for level in levels
    )


def sagittal(weighting: Weighting, rows: int = 280) -> Series:
    made = LabelledImage(
        "made", "1", 2, "t2", f"{weighting.value}.png", np.zeros((rows, 256), dtype=np.uint8), ()
    )
    return replace(series_of(made), uid=weighting.value, weighting=weighting)


T2, T1 = sagittal(Weighting.T2), sagittal(Weighting.T1)


@pytest.mark.parametrize(
    ("up", "apart"), [(0.0, False), (0.4, False), (0.6, True), (1.0, True), (-1.0, True)]
)
def test_levels_disagree_from_a_shift_of_half_an_inter_disc_distance(up: float, apart: bool) -> None:
    assert levels_disagree(discs(), T2, discs(up), T1) is apart


def test_one_misplaced_disc_does_not_make_levels_disagree() -> None:
    other = [*discs()[:4], discs(up=3.0)[4]]
    assert not levels_disagree(discs(), T2, other, T1)


def test_a_shift_across_the_spine_does_not_make_levels_disagree() -> None:
    shifted = [replace(d, center_px=(d.center_px[0], d.center_px[1] + PITCH)) for d in discs()]
    assert not levels_disagree(discs(), T2, shifted, T1)


def test_images_of_another_size_or_without_a_common_level_are_not_compared() -> None:
    assert not levels_disagree(discs(), T2, discs(1.0), sagittal(Weighting.T1, rows=300))
    assert not levels_disagree(discs(levels=LEVELS[:2]), T2, discs(1.0, levels=LEVELS[2:]), T1)


@pytest.mark.parametrize(("up", "certain"), [(0.0, True), (1.0, False)])
def test_disagreeing_levels_make_the_level_count_uncertain(
    monkeypatch: pytest.MonkeyPatch, up: float, certain: bool
) -> None:
    found = {T2.uid: discs(), T1.uid: discs(up, uid=T1.uid)}
    monkeypatch.setattr(
        Bundle,
        "detect_and_segment",
        lambda self, series, progress=None: Anatomy(series.uid, found[series.uid], True),
    )
    reading = read_study(Study((T2, T1), (), Patient("p"), "0" * 64), load_bundle())
    assert reading.anatomies[0].level_certain is certain
    assert (LEVELS_DISAGREE in reading.notes) is not certain
