import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from spine_core.anatomy.types import Structure
from spine_core.comparison.compare import CONTROL_DRAWS, compare
from spine_core.comparison.metrics.localisation.structures import PLACES
from spine_core.comparison.metrics.registry import METRICS, facts
from spine_core.comparison.types import Outcome
from spine_core.explanation.registry import explain
from spine_core.progress import Cancelled
from tests.explanation.toys import TARGET, Linear, disc_image, textured


@pytest.fixture(scope="module")
def image():
    regions = np.zeros((48, 48), np.uint8)
    regions[16:32, 16:32] = Structure.DISC
    return disc_image(textured(48), regions=regions)


@pytest.fixture(scope="module")
def network(image):
    """Answers to the middle square only, and strongly."""
    weights = np.zeros((2, 48, 48))
    weights[0, 16:32, 16:32] = np.sign(image.pixels[0, 16:32, 16:32]) / 20
    return Linear(weights)


@pytest.fixture(scope="module")
def explanations(image, network):
    return [
        explain("lime", network, image, TARGET, 0, {"samples": 1000, "superpixels": 100}),
        explain("shap", network, image, TARGET, 0, {"max_evals": 500}),
    ]


@pytest.fixture(scope="module")
def compared(explanations, network, image):
    return compare(explanations, network, image, seed=1)


def test_methods_that_find_the_true_place_agree_and_beat_the_controls(compared):
    shap = next(one for one in compared.verdicts if one.method == "shap")
    assert shap.outcome is Outcome.FAITHFUL
    (pair,) = compared.agreements
    assert pair.above_chance
    assert "agree more than chance" in compared.summary


def test_relevance_lies_where_the_network_looks(compared):
    shap = next(one for one in compared.localisation if one.method == "shap")
    assert shap.mass["disc"] > 0.7
    assert shap.area["disc"] == pytest.approx(1 / 9)


def test_relevance_points_at_the_place_of_the_finding_more_than_the_controls_do(compared):
    shap = next(one for one in compared.localisation if one.method == "shap")
    assert compared.finding_region.area == pytest.approx(1 / 9)
    assert set(compared.finding_region.structures) <= set(PLACES["bulging"])
    assert shap.hit
    assert shap.inside == pytest.approx(shap.mass["disc"])
    assert shap.iou_best > max(one.iou_best for one in compared.control_localisation)
    assert len(compared.control_localisation) == 2 * CONTROL_DRAWS + 1


def test_every_figure_stands_for_the_methods_and_then_the_controls(compared):
    names = [*compared.methods, *(one.method for one in compared.controls)]
    draws = [0] * len(compared.methods) + [one.draw for one in compared.controls]
    for figures in (compared.unused_baseline, compared.road, compared.infidelity, compared.sparseness):
        assert [one.method for one in figures] == names
        assert [one.draw for one in figures] == draws


def test_what_finds_the_true_place_beats_the_controls_by_every_measure(compared):
    number, count = compared.methods.index("shap"), len(compared.methods)
    refilled, road, infidelity = compared.unused_baseline, compared.road, compared.infidelity
    assert refilled[number].deletion.log_odds_auc < min(one.deletion.log_odds_auc for one in refilled[count:])
    assert road[number].curve.log_odds_auc < min(one.curve.log_odds_auc for one in road[count:])
    assert infidelity[number].value < min(one.value for one in infidelity[count:])
    assert compared.settings["unused_fill"] == "scrambled"


def test_controls_do_not_pass_as_explanations(image, network):
    controls = [explain(name, network, image, TARGET, 11) for name in ("random", "blurred_random")]
    outcomes = [one.outcome for one in compare(controls, network, image, seed=1).verdicts]
    assert Outcome.FAITHFUL not in outcomes


def test_every_control_is_drawn_and_kept(compared):
    names = [one.method for one in compared.controls]
    assert names.count("random") == names.count("blurred_random") == CONTROL_DRAWS
    assert names.count("edges") == 1
    assert [one.method for one in compared.faithfulness] == ["lime", "shap"]


def test_equal_seed_gives_equal_figures(compared, explanations, network, image):
    again = compare(explanations, network, image, seed=1)
    assert again.agreements == compared.agreements
    assert again.verdicts == compared.verdicts
    assert again.infidelity == compared.infidelity
    assert again.localisation == compared.localisation
    for one, other in zip(compared.road, again.road, strict=True):
        assert one.curve.log_odds.tobytes() == other.curve.log_odds.tobytes()
    for one, other in zip(compared.controls, again.controls, strict=True):
        assert one.deletion.log_odds.tobytes() == other.deletion.log_odds.tobytes()


def test_answers_are_those_of_the_full_and_the_hidden_picture(compared, network, image):
    assert compared.target_score == pytest.approx(network.score(image.pixels[None], TARGET)[0])
    assert compared.baseline_score < compared.target_score


def test_without_anatomy_nothing_is_said_about_place(explanations, network, image):
    bare = dataclasses.replace(image, regions=None)
    found = compare(explanations[:1], network, bare)
    assert found.localisation == found.control_localisation == ()
    assert found.finding_region is None


def test_progress_rises_to_the_end(explanations, network, image):
    seen = []
    compare(explanations[:1], network, image, progress=lambda done, what="": seen.append(done))
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(seen))
    assert seen[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("until", [0.3, 0.6, 0.8, 0.95])
def test_cancel_passes_through_every_test(explanations, network, image, until):
    def cancel(done, what=""):
        if done > until:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare(explanations, network, image, progress=cancel)


def test_what_cannot_be_compared_is_refused(explanations, network, image):
    other = dataclasses.replace(explanations[0], target=dataclasses.replace(TARGET, grade="0"))
    for given, words in (
        ([], "no explanation"),
        ([explanations[1], other], "different grades"),
        ([explanations[0], explanations[0]], "one explanation per method"),
        ([dataclasses.replace(explanations[0], level="L5/S1")], "another level"),
    ):
        with pytest.raises(ValueError, match=words):
            compare(given, network, image)


def test_every_metric_tells_its_direction_source_and_trap():
    assert {one.name: one.direction.value for one in METRICS}["deletion"] == "lower"
    for one in METRICS:
        assert one.label
        assert one.property
        assert one.caveat
        assert "doi" in one.paper or "arXiv" in one.paper
        assert one.direction.value in facts(one)
    assert len({one.name for one in METRICS}) == len(METRICS)
