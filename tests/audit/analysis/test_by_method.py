from __future__ import annotations

import numpy as np
import pytest

from spine_core.audit.analysis.by_method import by_method
from spine_core.audit.analysis.means import mean_over_cases
from spine_core.audit.analysis.scores import ratings_table
from spine_core.evaluation.bootstrap import interval
from tests.audit.analysis.making import audited, protocol, rating


def scored(asked, *rows, **changes):
    """A rating per row (rater, finding, scores in the order of the methods of ``making``)."""
    names = list(asked.findings[0].maps)
    return [
        rating(asked, rater, number, dict(zip(names, scores, strict=True)), **changes)
        for rater, number, *scores in rows
    ]


def test_means_and_differences_to_the_best_control_by_hand():
    asked = protocol(2)
    ratings = scored(asked, (1, 1, 6, 2, 3, 1), (2, 1, 4, 2, 1, 2), (1, 2, 5, 1, 2, 5))
    found = {one.method: one for one in by_method(ratings_table(audited(asked, ratings)), asked)}
    assert list(found) == ["grad_cam", "lime", "control edges", "control random"]
    lime = found["lime"]
    assert (lime.question, lime.control, lime.mean.value, lime.mean.n, lime.mean.cases) == (
        "place",
        False,
        5.0,
        3,
        2,
    )
    # Edges have 2, random has 8/3: LIME is above random by 5, 2 and 0.
    assert lime.best_control == "control random"
    assert lime.difference.value == pytest.approx(7 / 3)
    assert found["grad_cam"].difference.value == pytest.approx(5 / 3 - 8 / 3)
    assert found["control random"].mean.value == pytest.approx(8 / 3)
    assert (found["control edges"].difference, found["control edges"].best_control) == (None, None)


def test_repeats_do_not_count():
    asked = protocol(1)
    ratings = scored(asked, (1, 1, 6, 2, 3, 1)) + scored(asked, (1, 1, 1, 1, 1, 1), sheet=5, repeat=True)
    found = {one.method: one.mean for one in by_method(ratings_table(audited(asked, ratings)), asked)}
    assert (found["lime"].value, found["lime"].n) == (6.0, 1)


def test_without_controls_or_ratings_there_is_nothing_to_compare_with():
    asked = protocol(1, methods=("lime", "grad_cam"))
    for ratings in ([], scored(asked, (1, 1, 6, 2))):
        found = by_method(ratings_table(audited(asked, ratings)), asked)
        assert [one.difference for one in found] == [None, None]
    with_controls = protocol(1)
    for one in by_method(ratings_table(audited(with_controls, [])), with_controls):
        assert (one.mean.value, one.mean.interval, one.mean.n) == (None, None, 0)


def test_intervals_resample_cases_as_the_bootstrap_of_evaluations_does():
    random = np.random.default_rng(3)
    values, cases = random.random(30), [f"case{number}" for number in random.integers(0, 8, 30)]
    expected = interval(np.array(cases), lambda rows: float(values[rows].mean()))
    found = mean_over_cases(values, cases)
    assert found.interval == pytest.approx(expected, abs=1e-12)
    assert found.interval[0] < found.value < found.interval[1]


def test_one_case_has_no_interval():
    found = mean_over_cases([1.0, 2.0], ["a", "a"])
    assert (found.value, found.interval, found.n, found.cases) == (1.5, None, 2, 1)
