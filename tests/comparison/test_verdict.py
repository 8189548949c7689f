import dataclasses

import numpy as np
import pytest

from spine_core.comparison.types import (
    Agreement,
    Change,
    Curve,
    Faithfulness,
    Outcome,
    ParameterRandomisation,
    RandomisationStep,
    RepeatTests,
    Stability,
)
from spine_core.comparison.verdict import summary, verdict, warnings
from tests.comparison.metrics.agreement.test_agreement import explained


def curves(deletion, insertion, method="lime"):
    def curve(area):
        return Curve(np.array([0.0, 1.0]), np.full(2, area), np.full(2, 0.5), area, 0.5)

    return Faithfulness(method, curve(deletion), curve(insertion))


CONTROLS = [curves(1.0, 2.0, "random"), curves(1.5, 1.8, "edges")]


@pytest.mark.parametrize(
    ("deletion", "insertion", "outcome", "words"),
    [
        (0.9, 2.1, Outcome.FAITHFUL, "faithful here"),
        (0.9, 1.9, Outcome.PARTLY, "showing it alone does not"),
        (1.2, 2.1, Outcome.PARTLY, "hiding it does not"),
        (1.2, 1.9, Outcome.NO_BETTER, "no better"),
        (1.0, 2.0, Outcome.NO_BETTER, "no better"),
    ],
)
def test_every_control_must_be_beaten_in_both_tests(deletion, insertion, outcome, words):
    found = verdict(
        explained([[1, 2]], method="lime"), [(curves(deletion, insertion), CONTROLS)], response=3.0
    )
    assert found.outcome is outcome
    assert found.text.startswith("LIME ")
    assert words in found.text


def test_what_is_passed_with_one_fill_only_is_owed_to_the_fill():
    relevance, good, bad = explained([[1, 2]], method="lime"), curves(0.9, 2.1), curves(0.9, 1.9)
    both = verdict(relevance, [(good, CONTROLS), (good, CONTROLS)], response=3.0)
    one = verdict(relevance, [(good, CONTROLS), (bad, CONTROLS)], response=3.0)
    assert both.outcome is Outcome.FAITHFUL
    assert one.outcome is Outcome.PARTLY
    assert "partly faithful here" in one.text
    assert one.text.endswith("in a way that no method uses itself.")
    other = verdict(relevance, [(bad, CONTROLS), (good, CONTROLS)], response=3.0)
    assert other.outcome is Outcome.PARTLY
    assert "no method uses" not in other.text


def test_what_the_benchmark_says_against_a_method_is_said_of_a_map_that_passes_and_of_no_other():
    relevance, good, bad = explained([[1, 2]], method="lime"), curves(0.9, 2.1), curves(1.2, 1.9)
    passed, failed = (
        verdict(relevance, [(one, CONTROLS)], 3.0, "it found no place on phantoms") for one in (good, bad)
    )
    assert passed.outcome is Outcome.FAITHFUL
    assert passed.text.endswith("Rely on it with care: it found no place on phantoms.")
    assert "phantoms" not in failed.text


def test_empty_map_is_called_empty():
    found = verdict(
        explained([[0, 0]], method="grad_cam", zero=True), [(curves(0.9, 2.1), CONTROLS)], response=3.0
    )
    assert found.outcome is Outcome.EMPTY
    assert "found nothing" in found.text


def test_network_that_does_not_respond_cannot_be_tested():
    found = verdict(explained([[1, 2]], method="lime"), [(curves(0.9, 2.1), CONTROLS)], response=0.01)
    assert found.outcome is Outcome.UNTESTABLE


def pair(first, second, rank, chance):
    return Agreement(first, second, (8, 8), "signed", rank, 0.2, chance, 0.3, 0.1)


def test_summary_names_what_passed_and_what_agrees():
    lime = verdict(explained([[1, 2]], method="lime"), [(curves(0.9, 2.1), CONTROLS)], 3.0)
    shap = verdict(explained([[1, 2]], method="shap"), [(curves(1.2, 1.9), CONTROLS)], 3.0)
    text = summary([lime, shap], [pair("lime", "shap", 0.6, 0.3)])
    assert text == (
        "Of these maps, LIME beats all control maps in both tests. LIME and SHAP agree more than chance."
    )
    assert summary([shap], []).startswith("None of these maps beats")
    assert summary([lime], []) == "LIME beats all control maps in both tests."


def test_summary_of_three_methods_lists_the_pairs_that_agree():
    pairs = [
        pair("grad_cam", "lime", 0.5, 0.3),
        pair("grad_cam", "shap", 0.1, 0.3),
        pair("lime", "shap", None, None),
    ]
    assert summary([], pairs) == "More than chance agree only Grad-CAM with LIME."


def steady(method, mean, change=Change.SEED):
    return Stability(method, change, 3, mean, mean)


def scrambled(method, last):
    return ParameterRandomisation(
        method, (RandomisationStep(1.0, np.zeros((2, 2), np.float32), True, last),), 0.3
    )


def test_what_repeats_no_better_than_a_random_map_is_warned_of():
    stability = (
        steady("lime", 0.1),
        steady("shap", 0.8),
        steady("random", 0.0),
        steady("blurred_random", 0.15),
    )
    found = warnings(RepeatTests(stability, (), ("random", "blurred_random"), 0, 1.0))
    assert found == ("LIME repeats no better over seeds than a random map: do not rely on it here.",)


def test_what_stays_under_shuffled_weights_is_warned_of_but_not_the_controls():
    sanity = (
        scrambled("lime", 0.9),
        scrambled("shap", 0.2),
        scrambled("grad_cam", None),
        scrambled("edges", 1.0),
    )
    (said,) = warnings(RepeatTests((), sanity, ("edges",), 0, 1.0))
    assert said.startswith("LIME keeps its map")


def test_map_that_is_empty_after_shuffling_is_gone_and_one_that_never_was_cannot_be_judged():
    assert scrambled("grad_cam", None).passed is True
    assert dataclasses.replace(scrambled("grad_cam", None), chance=None).passed is None
