"""The whole way with the released networks: a phantom before and after lesions appeared."""

from __future__ import annotations

import pytest

from spine_core.grading.read import read_study
from spine_core.networks.registry import load_bundle
from spine_core.phantom.in_memory import sagittal_study
from spine_core.phantom.render import build, mid_index
from spine_core.phantom.spec import healthy, with_lesion
from spine_core.priors.change import Change
from spine_core.priors.comparison import align_prior, changes
from spine_core.priors.repeat_error import load

pytestmark = pytest.mark.slow

SEED = 7301


def examined(spec, examination=None):
    phantom = build(spec, examination)
    middle = mid_index(phantom)
    study = sagittal_study(phantom, range(middle - 2, middle + 3))
    return study, read_study(study, load_bundle())


@pytest.fixture(scope="module")
def compared():
    before = healthy(SEED)
    after = with_lesion(with_lesion(before, "ddd", "L3/L4"), "herniation", "L4/L5")
    (prior, prior_reading), (study, reading) = examined(before, SEED + 100_000), examined(after)
    alignment = align_prior(study, reading, prior, prior_reading)
    return changes(reading, prior_reading, alignment, load())


def found(compared, level, name):
    (disc,) = [one for one in compared[1] if one.level == level]
    named = {one.condition.name: one.change for one in disc.findings}
    return (named | {one.name: one.change for one in disc.measurements})[name]


def test_lesions_that_appeared_are_reported(compared):
    assert found(compared, "L3/L4", "pfirrmann") is Change.WORSE
    assert found(compared, "L3/L4", "disc_height") is Change.WORSE
    assert found(compared, "L4/L5", "herniation") is Change.NEW


def test_discs_without_a_lesion_have_no_new_finding(compared):
    for disc in compared[1]:
        if disc.level in ("L1/L2", "L2/L3", "L5/S1"):
            assert {one.change for one in disc.findings} == {Change.UNCHANGED}


def test_the_levels_agree(compared):
    match, _ = compared
    assert match.names_agree
    assert match.rms_mm < 3.0
