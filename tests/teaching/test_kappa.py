from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.metrics import kappa
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.kappa import weighted_kappa


@pytest.mark.parametrize(
    ("name", "weights"), [("pfirrmann", "quadratic"), ("modic", None), ("herniation", None)]
)
def test_kappa_is_that_of_scikit_learn_with_the_interval_over_cases(name, weights):
    condition, random = BY_NAME[name], np.random.default_rng(3)
    truth = random.integers(0, len(condition.grades), 40)
    given = np.where(
        random.random(40) < 0.6, truth, (truth + random.integers(1, 3, 40)) % len(condition.grades)
    )
    cases = [f"case{number // 4}" for number in range(40)]
    found = weighted_kappa(
        condition, [condition.grades[one] for one in truth], [condition.grades[one] for one in given], cases
    )
    labels = range(len(condition.grades))
    assert found.value == pytest.approx(cohen_kappa_score(truth, given, weights=weights, labels=labels))
    expected = interval(np.array(cases), lambda drawn: kappa(condition, truth[drawn], given[drawn]))
    assert found.interval == pytest.approx(expected)
    assert (found.n, found.cases) == (40, 10)


def test_there_is_no_kappa_of_few_findings_or_of_one_grade_and_no_interval_of_one_case():
    condition = BY_NAME["pfirrmann"]
    assert weighted_kappa(condition, ["3", "4", "5"] * 3, ["3", "4", "4"] * 3, ["a"] * 9) is None
    assert weighted_kappa(condition, ["4"] * 12, ["4"] * 12, ["a"] * 12) is None
    one = weighted_kappa(condition, ["3", "4"] * 6, ["3", "4"] * 6, ["a"] * 12)
    assert (one.value, one.interval) == (1.0, None)
