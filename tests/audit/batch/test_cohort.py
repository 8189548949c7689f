from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spine_core.audit.batch.cohort import (
    metric_columns,
    pair_agreement,
    reference_agreement,
    spreads,
    worst,
)
from spine_core.comparison.metrics.base import Direction
from spine_core.comparison.metrics.registry import metrics


def table(**columns) -> pd.DataFrame:
    """Two findings with a map of LIME and two controls each; deletion is better where it is lower."""
    base = pd.DataFrame(
        {
            "network": "ensemble",
            "study_sha256": ["a"] * 3 + ["b"] * 3,
            "level": "L4/L5",
            "condition": "pfirrmann",
            "grade": "4",
            "reference": None,
            "status": "done",
            "method": ["lime", "random", "random"] * 2,
            "control": [False, True, True] * 2,
            "draw": [0, 0, 1] * 2,
            "metric.deletion.blur": [0.1, 0.5, 0.2, 0.6, 0.5, 0.9],
            "metric.sparseness": [0.3, 0.1, 0.1, 0.7, 0.1, 0.1],
        }
    )
    return base.assign(**columns)


def test_a_map_beats_the_controls_of_its_own_finding_only():
    lime, random = spreads(table(), "metric.deletion.blur")
    # 0.1 is below 0.2; 0.6 is not below 0.5, though it is below a control of the other study's.
    assert (lime.method, lime.control, lime.beats_controls) == ("lime", False, 0.5)
    assert lime.values.tolist() == [0.1, 0.6]
    assert (random.control, random.beats_controls, len(random.values)) == (True, None, 4)


def test_a_metric_without_better_direction_beats_nothing():
    (name, *_) = [one.name for one in metrics().values() if one.direction is Direction.NONE]
    column = f"metric.{name}"
    shown = table(**{column: [0.1, 0.5, 0.2, 0.6, 0.5, 0.9]})
    assert spreads(shown, column)[0].beats_controls is None


def test_the_worst_value_depends_on_the_direction():
    assert worst(table(), "metric.deletion.blur")["study_sha256"].tolist() == ["b", "a"]
    assert worst(table(), "metric.deletion.blur", 1)["study_sha256"].tolist() == ["b"]


def test_columns_are_those_of_known_metrics_in_the_order_of_the_registry():
    found = metric_columns(table(**{"metric.unknown": 1.0, "metric.insertion.blur": 0.5}))
    assert list(found) == ["metric.deletion.blur", "metric.insertion.blur", "metric.sparseness"]
    assert found["metric.deletion.blur"][1] == "blur"


def many(truth: list[str], found: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "network": "ensemble", "study_sha256": [f"s{n // 2}" for n in range(len(truth))],
            "level": ["L4/L5", "L5/S1"] * (len(truth) // 2), "condition": "pfirrmann", "reference": truth,
            "grade": found,
        }
    )  # fmt: skip


def test_agreement_with_the_reference_by_hand():
    truth, found = list("1122334455"), list("1122334454")
    (one,) = reference_agreement(pd.concat([many(truth, found)] * 2))
    # Rows of several methods are one finding.
    assert (one.findings, one.studies, one.exact) == (10, 5, 0.9)
    from sklearn.metrics import cohen_kappa_score

    assert one.kappa == pytest.approx(cohen_kappa_score(truth, found, weights="quadratic"))
    low, high = one.exact_interval
    assert low <= 0.9 <= high
    assert np.isfinite(one.kappa_interval).all()


def test_too_few_findings_give_no_figure():
    (one,) = reference_agreement(many(list("11"), list("11")))
    assert (one.findings, one.exact, one.kappa) == (2, None, None)
    assert reference_agreement(pd.DataFrame()) == []


def pairs(count) -> pd.DataFrame:
    """Two pairs of methods in ``count`` findings, one finding per study; the last value of either is unknown."""
    values = np.arange(count) / count
    one = pd.DataFrame(
        {
            "study_sha256": [f"{number:064x}" for number in range(count)], "status": "done", "method": "grad_cam",
            "metric.rank_correlation": values, "metric.rank_correlation.chance": 0.45,
        }
    )  # fmt: skip
    one.loc[count - 1, "metric.rank_correlation"] = None
    return pd.concat([one.assign(other="lime"), one.assign(other="occlusion")])


def test_agreement_of_two_methods_is_held_against_chance_with_an_interval_over_studies():
    lime, occlusion = pair_agreement(pairs(11), "metric.rank_correlation")
    assert (lime.method, lime.other, occlusion.other) == ("grad_cam", "lime", "occlusion")
    assert (lime.findings, lime.studies) == (10, 10)
    # 0, 1/11 .. 9/11: the median lies between 4/11 and 5/11, and 5/11 = 0.4545 to 9/11 are above 0.45.
    assert lime.median == pytest.approx(4.5 / 11)
    assert lime.above_chance == 0.5
    assert lime.interval[0] < lime.median < lime.interval[1]


def test_agreement_over_few_findings_is_no_figure():
    (few, _) = pair_agreement(pairs(10), "metric.rank_correlation")
    assert (few.findings, few.median, few.interval, few.above_chance) == (9, None, None, None)
