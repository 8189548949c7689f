import dataclasses

import numpy as np
import pytest

from spine_core.comparison.metrics.agreement.agreement import Agreement
from spine_core.comparison.metrics.base import Curve, MetricResult
from spine_core.comparison.metrics.faithfulness.deletion_insertion import DELETION, INSERTION
from spine_core.comparison.metrics.randomisation.parameter_randomisation import (
    ParameterRandomisation,
    RandomisationStep,
)
from spine_core.comparison.metrics.robustness.stability import Change, Stability
from spine_core.comparison.repeat_tests import RepeatTests
from spine_core.comparison.types import Outcome
from spine_core.comparison.verdict import summary, verdicts, warnings
from tests.comparison.metrics.agreement.test_agreement import explained

RESPONSE = 3.0


def curves(deletion, insertion, method="lime", baseline="blur", *, is_control=False, response=RESPONSE):
    """Results of one map; its deletion curve ranges over ``response``."""
    ends = np.array([0.0, response])
    return [
        MetricResult(
            metric, method, area, is_control=is_control, variant=baseline,
            curve=Curve(np.array([0.0, 1.0]), ends, np.full(2, 0.5), area, 0.5),
        )
        for metric, area in ((DELETION, deletion), (INSERTION, insertion))
    ]  # fmt: skip


def controls(baseline="blur", response=RESPONSE):
    areas = (("random", 1.0, 2.0), ("edges", 1.5, 1.8))
    return [
        result
        for method, deletion, insertion in areas
        for result in curves(deletion, insertion, method, baseline, is_control=True, response=response)
    ]


def judged(*areas, method="lime", zero=False, response=RESPONSE, warning=None):
    """The verdict on a map with these areas of deletion and insertion, with one baseline each."""
    results = []
    for (deletion, insertion), baseline in zip(areas, ("blur", "scrambled"), strict=False):
        results += curves(deletion, insertion, method, baseline, response=response)
        results += controls(baseline, response)
    relevance = explained([[0, 0] if zero else [1, 2]], method=method, zero=zero)
    (found,) = verdicts([relevance], results, {method: warning})
    return found


@pytest.mark.parametrize(
    ("deletion", "insertion", "outcome", "words"),
    [
        (0.9, 2.1, Outcome.FAITHFUL, "faithful here"),
        (0.9, 1.9, Outcome.PARTLY, "showing it alone does not"),
        (1.2, 2.1, Outcome.PARTLY, "masking it does not"),
        (1.2, 1.9, Outcome.NO_BETTER, "no better"),
        (1.0, 2.0, Outcome.NO_BETTER, "no better"),
    ],
)
def test_every_control_must_be_beaten_in_both_tests(deletion, insertion, outcome, words):
    found = judged((deletion, insertion))
    assert found.outcome is outcome
    assert found.text.startswith("LIME ")
    assert words in found.text


def test_passing_with_one_baseline_only_is_partly_faithful():
    good, bad = (0.9, 2.1), (0.9, 1.9)
    assert judged(good, good).outcome is Outcome.FAITHFUL
    one = judged(good, bad)
    assert one.outcome is Outcome.PARTLY
    assert "partly faithful here" in one.text
    assert one.text.endswith("with a baseline that no method uses.")
    other = judged(bad, good)
    assert other.outcome is Outcome.PARTLY
    assert "no method uses" not in other.text


def test_a_warning_of_the_benchmark_is_added_to_a_map_that_passes_and_to_no_other():
    passed, failed = (
        judged(one, one, warning="it found no place on phantoms") for one in ((0.9, 2.1), (1.2, 1.9))
    )
    assert passed.outcome is Outcome.FAITHFUL
    assert passed.text.endswith("Rely on it with care: it found no place on phantoms.")
    assert "phantoms" not in failed.text


def test_empty_map_is_called_empty():
    found = judged((0.9, 2.1), method="grad_cam", zero=True)
    assert found.outcome is Outcome.EMPTY
    assert "found no evidence" in found.text


def test_network_that_does_not_respond_cannot_be_tested():
    assert judged((0.9, 2.1), response=0.01).outcome is Outcome.UNTESTABLE


def pair(first, second, rank, chance):
    return Agreement(first, second, (8, 8), "signed", rank, 0.2, chance, 0.3, 0.1)


def test_summary_names_faithful_maps_and_agreeing_pairs():
    lime, shap = judged((0.9, 2.1)), judged((1.2, 1.9), method="partition_shap")
    text = summary([lime, shap], [pair("lime", "partition_shap", 0.6, 0.3)])
    assert text == (
        "Of these maps, LIME beats all control maps in both tests. LIME and SHAP agree more than chance."
    )
    assert summary([shap], []).startswith("None of these maps beats")
    assert summary([lime], []) == "LIME beats all control maps in both tests."


def test_summary_of_three_methods_lists_the_pairs_that_agree():
    pairs = [
        pair("grad_cam", "lime", 0.5, 0.3),
        pair("grad_cam", "partition_shap", 0.1, 0.3),
        pair("lime", "partition_shap", None, None),
    ]
    assert summary([], pairs) == "Only Grad-CAM with LIME agree more than chance."


def steady(method, mean, change=Change.SEED):
    return Stability(method, change, 3, mean, mean)


def randomised(method, last):
    return ParameterRandomisation(
        method, (RandomisationStep(1.0, np.zeros((2, 2), np.float32), True, last),), 0.3
    )


def test_instability_like_a_random_map_gives_a_warning():
    stability = (
        steady("lime", 0.1),
        steady("partition_shap", 0.8),
        steady("random", 0.0),
        steady("blurred_random", 0.15),
    )
    found = warnings(RepeatTests(stability, (), ("random", "blurred_random"), 0, 1.0))
    assert found == ("LIME is no more stable over seeds than a random map: do not rely on it here.",)


def test_unchanged_maps_under_randomised_weights_give_a_warning_except_controls():
    sanity = (
        randomised("lime", 0.9),
        randomised("partition_shap", 0.2),
        randomised("grad_cam", None),
        randomised("edges", 1.0),
    )
    (sentence,) = warnings(RepeatTests((), sanity, ("edges",), 0, 1.0))
    assert sentence.startswith("LIME keeps its map")


def test_map_that_is_empty_after_randomisation_passes_and_an_empty_map_is_not_judged():
    assert randomised("grad_cam", None).passed is True
    assert dataclasses.replace(randomised("grad_cam", None), chance=None).passed is None
