import numpy as np
import pytest

from spine_core.compare.model import Agreement, Curve, Faithfulness, Outcome
from spine_core.compare.verdict import summary, verdict
from tests.compare.test_agreement import explained


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
    found = verdict(explained([[1, 2]], method="lime"), curves(deletion, insertion), CONTROLS, response=3.0)
    assert found.outcome is outcome
    assert found.text.startswith("LIME ")
    assert words in found.text


def test_empty_map_is_called_empty():
    found = verdict(
        explained([[0, 0]], method="grad_cam", zero=True), curves(0.9, 2.1), CONTROLS, response=3.0
    )
    assert found.outcome is Outcome.EMPTY
    assert "found nothing" in found.text


def test_network_that_does_not_respond_cannot_be_tested():
    found = verdict(explained([[1, 2]], method="lime"), curves(0.9, 2.1), CONTROLS, response=0.01)
    assert found.outcome is Outcome.UNTESTABLE


def pair(first, second, rank, chance):
    return Agreement(first, second, (8, 8), "signed", rank, 0.2, chance, 0.3, 0.1)


def test_summary_names_what_passed_and_what_agrees():
    lime = verdict(explained([[1, 2]], method="lime"), curves(0.9, 2.1), CONTROLS, 3.0)
    shap = verdict(explained([[1, 2]], method="shap"), curves(1.2, 1.9), CONTROLS, 3.0)
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
