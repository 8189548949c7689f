from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.grading.types import Finding, Status
from spine_core.networks.conditions import BY_NAME
from spine_core.priors.change import Change, Why, compare_readings, finding_change, measurement_change
from spine_core.priors.matching import DiscPair, LevelMatch
from spine_core.priors.repeat_error import (
    RepeatErrors,
    RepeatFigure,
    grade_difference,
    load,
    percentile_of,
    repeatability_coefficient,
    save,
)
from tests.conftest import ROOT
from tests.pages import fakes

NETWORKS = {"grader": "e" * 64, "detector": "e" * 64}


def finding(condition: str, probabilities, members) -> Finding:
    grades = BY_NAME[condition].grades
    by_grade = dict(zip(grades, probabilities, strict=True))
    best = max(by_grade, key=by_grade.get)
    return Finding("L4/L5", condition, Status.GRADED, "", (), by_grade, best, tuple(members))


ABSENT, PRESENT = finding("herniation", (0.95, 0.05), "0"), finding("herniation", (0.1, 0.9), "1")
UNSURE = finding("herniation", (0.4, 0.6), "01")


@pytest.mark.parametrize(
    ("now", "before", "limit", "change"),
    [
        (PRESENT, ABSENT, 0.5, Change.NEW),
        (ABSENT, PRESENT, 0.5, Change.RESOLVED),
        (PRESENT, ABSENT, 0.85, Change.UNCHANGED),  # 0.85 is not beyond 0.85
        (UNSURE, ABSENT, 0.1, Change.UNCHANGED),  # the sets share "absent"
        (PRESENT, PRESENT, 0.0, Change.UNCHANGED),
    ],
)
def test_a_binary_finding_is_new_or_resolved_only_beyond_both(now, before, limit, change):
    assert finding_change(now, before, limit).change is change


II = finding("pfirrmann", (0, 0.9, 0.1, 0, 0), "2")
IV = finding("pfirrmann", (0, 0, 0.1, 0.8, 0.1), "45")


@pytest.mark.parametrize(
    ("now", "before", "change"), [(IV, II, Change.WORSE), (II, IV, Change.BETTER), (II, II, Change.UNCHANGED)]
)
def test_an_ordinal_finding_is_worse_or_better(now, before, change):
    found = finding_change(now, before, 1.0)
    assert found.change is change
    # Expected grades: 2.1 and 4.0.
    assert abs(found.difference) == pytest.approx(1.9 if now is not before else 0)


def test_a_type_that_becomes_another_is_neither_worse_nor_better():
    one, two = finding("modic", (0.1, 0.9, 0, 0), "1"), finding("modic", (0, 0.1, 0.9, 0), "2")
    assert finding_change(two, one, 0.5).change is Change.OTHER_TYPE
    assert grade_difference(BY_NAME["modic"], two.probabilities, one.probabilities) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("now", "before", "limit", "why"),
    [
        (PRESENT, None, 0.5, Why.NO_COUNTERPART),
        (PRESENT, replace(ABSENT, grade=None, status=Status.NOT_GRADABLE), 0.5, Why.NOT_GRADED),
        (PRESENT, replace(ABSENT, prediction_set=()), 0.5, Why.NO_SETS),
        (PRESENT, ABSENT, None, Why.NO_REPEAT_ERROR),
    ],
)
def test_what_is_not_comparable_says_why(now, before, limit, why):
    found = finding_change(now, before, limit)
    assert (found.change, found.why) == (Change.NOT_COMPARABLE, why)


def figure(value: float, dataset: str = "phantom") -> RepeatFigure:
    return RepeatFigure(dataset, value, value, value, 50, 10)


ERRORS = RepeatErrors(
    "by hand",
    NETWORKS,
    (),
    {"herniation": (figure(0.3), figure(0.6, "spider"))},
    {name: (figure(1.0),) for name in ("disc_height", "bulge_depth", "slip_percent", "signal_ratio")},
)


def test_the_largest_figure_of_all_datasets_counts():
    assert ERRORS.of_grade("herniation").value == 0.6
    assert ERRORS.of_grade("modic") is None


@pytest.mark.parametrize(
    ("name", "now", "before", "change"),
    [
        ("disc_height", 7.9, 9.0, Change.WORSE),
        ("disc_height", 8.1, 9.0, Change.UNCHANGED),
        ("disc_height", 10.1, 9.0, Change.BETTER),
        ("bulge_depth", 3.5, 2.0, Change.WORSE),
        ("slip_percent", -8.0, -2.0, Change.WORSE),
        ("slip_percent", 2.0, -8.0, Change.BETTER),
    ],
)
def test_a_measurement_speaks_beyond_the_coefficient(name, now, before, change):
    one, other = (Measurements(**{name: value}, unit="mm") for value in (now, before))
    assert measurement_change("L4/L5", name, one, other, ERRORS).change is change


def test_lengths_without_millimetres_are_not_comparable():
    one, other = Measurements(disc_height=0.3), Measurements(disc_height=9.0, unit="mm")
    assert measurement_change("L4/L5", "disc_height", one, other, ERRORS).why is Why.UNITS
    assert measurement_change("L4/L5", "canal_diameter", one, other, ERRORS).why is Why.NOT_MEASURED
    assert measurement_change("L4/L5", "disc_height", one, None, ERRORS).why is Why.NO_COUNTERPART


def test_discs_are_compared_by_anatomy_and_only_for_the_networks_of_the_repeat_error():
    reading = fakes.reading()
    match = LevelMatch((DiscPair("L4/L5", "L3/L4", 1.0),))
    for errors, why in ((None, Why.NO_REPEAT_ERROR), (replace(ERRORS, networks={}), Why.OTHER_NETWORKS)):
        found = {one.level: one for one in compare_readings(reading, reading, match, errors)}
        assert {one.why for one in found["L4/L5"].findings} <= {why, Why.NO_SETS, Why.NOT_GRADED}
    found = {one.level: one for one in compare_readings(reading, reading, match, ERRORS)}
    assert found["L4/L5"].prior_level == "L3/L4"
    assert found["L1/L2"].prior_level is None
    herniation = next(one for one in found["L4/L5"].findings if one.condition.name == "herniation")
    assert herniation.prior.level == "L3/L4"


def test_figures_by_hand():
    # Differences 3 and 4: within-subject variance (9 + 16) / 4 = 6.25, its root 2.5.
    assert repeatability_coefficient(np.array([3.0, -4.0])) == pytest.approx(1.96 * 2**0.5 * 2.5)
    assert percentile_of(np.array([-1.0, 0.0, 0.5])) == pytest.approx(0.95)


def test_figures_outlast_the_file(tmp_path):
    save(ERRORS, tmp_path / "there" / "file.json")
    assert load(tmp_path / "there" / "file.json") == ERRORS
    assert load(tmp_path / "missing.json") is None


def test_the_stored_figures_name_what_they_were_measured_with():
    stored = load()
    assert stored is not None
    assert set(stored.networks) == {"grader", "detector", "segmenter"}
    assert "spine_core.priors.measure" in stored.command
    assert all(one.patients and one.pairs and one.discs for one in stored.datasets)
    assert {"pfirrmann", "herniation"} <= set(stored.grades)
    assert all(one.low <= one.value <= one.high for some in stored.grades.values() for one in some)


def test_the_guide_gives_the_stored_figures():
    stored, guide = load(), (ROOT / "docs" / "clinician.md").read_text()
    reported, compared = (
        sum(getattr(one, name) for one in stored.datasets) for name in ("reported", "compared")
    )
    assert f"{reported} of {compared:,} comparisons" in guide
    for one in stored.datasets:
        assert f"| {one.pairs} ({one.discs} discs) |" in guide
    pfirrmann = stored.of_grade("pfirrmann")
    assert (
        f"{pfirrmann.value:.2f} Pfirrmann grades (95 % interval {pfirrmann.low:.2f} to {pfirrmann.high:.2f})"
        in guide
    )
    for name, words in (("disc_height", "disc height"), ("canal_diameter", "canal depth")):
        figure = stored.of_measurement(name)
        said = f"{figure.value:.1f} mm of {words} ({figure.low:.1f} to {figure.high:.1f})"
        assert said in " ".join(guide.split())
