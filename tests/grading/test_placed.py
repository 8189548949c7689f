"""Discs off the midline: by hand, and on slices of a phantom whose canal is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.model import Disc, Source, Structure
from spine_core.grading import load_bundle, read_study
from spine_core.grading.placed import ASIDE, OFF, aside_discs, doubts, told
from spine_core.phantom import build, healthy
from spine_core.phantom.render import Phantom, mid_index, sagittal_slices
from spine_core.study.model import Patient, Study
from spine_core.training.crops import series_of
from spine_core.training.data import Picture
from spine_core.training.phantoms import grey_of

SERIES = series_of(Picture("phantom", "1", 1, "t2", "x", np.zeros((120, 120), np.uint8), ()))
DISC = Disc("L4/L5", SERIES.uid, 0, (60.0, 50.0), (60.0, 60.0), None, 20.0, (1.0, 0.0), 1.0)


def test_the_canal_is_looked_for_within_a_disc_distance() -> None:
    mask = np.zeros((120, 120), np.uint8)
    mask[58:62, 62:67] = Structure.CANAL
    # Twenty pixels are 20 / 400 of a disc distance squared, the least that there must be.
    assert aside_discs([DISC], {0: mask}, SERIES) == ()
    mask[58, 62] = 0
    assert aside_discs([DISC], {0: mask}, SERIES) == ("L4/L5",)
    mask[:, 75:90] = Structure.CANAL
    assert aside_discs([DISC], {0: mask}, SERIES) == ("L4/L5",), "what is further away is not beside it"
    assert aside_discs([DISC], {}, SERIES) == (), "nothing is known of a slice that was not outlined"


def test_a_disc_that_a_reader_put_on_none_is_told_as_that_alone() -> None:
    empty = np.zeros((120, 120), np.uint8)
    assert doubts([DISC], {0: empty}, SERIES) == {"L4/L5": ASIDE}
    assert doubts([replace(DISC, source=Source.READER)], {0: empty}, SERIES) == {"L4/L5": OFF}


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return build(healthy(7))


def asides(phantom: Phantom, index: int) -> tuple[str, ...]:
    """Levels said to lie beside the midline where one slice of the phantom is all there is to read."""
    grey = grey_of(sagittal_slices(phantom, "t2", (index,)).pixels[0])
    series = series_of(Picture("phantom", "7", 1, "t2", "x", grey, ()))
    findings = read_study(Study((series,), (), Patient("p"), "0" * 64), load_bundle()).findings
    assert sum(finding.grade is not None for finding in findings) > 20, "it is graded"
    return told(findings, ASIDE)


def test_a_picture_from_beside_the_canal_is_graded_and_told_and_the_mid_sagittal_one_is_not_told(
    phantom: Phantom,
) -> None:
    middle = mid_index(phantom)
    assert asides(phantom, middle) == ()
    beside = next(i for i in range(middle, middle + 7) if not (phantom.labels(i) == Structure.CANAL).any())
    assert {"L1/L2", "L2/L3", "L3/L4"} <= set(asides(phantom, beside))
