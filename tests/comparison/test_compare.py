import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from spine_core.anatomy.types import Structure
from spine_core.comparison.compare import CONTROL_DRAWS, compare
from spine_core.comparison.metrics.base import Direction, select
from spine_core.comparison.metrics.cost import COSTS
from spine_core.comparison.metrics.faithfulness.deletion_insertion import DELETION, INSERTION
from spine_core.comparison.metrics.faithfulness.infidelity import NORMALISED_INFIDELITY
from spine_core.comparison.metrics.faithfulness.road import ROAD_LOG_ODDS
from spine_core.comparison.metrics.localisation.finding_region import FINDING_STRUCTURES
from spine_core.comparison.metrics.localisation.localisation import (
    IOU_BEST,
    POINTING_GAME,
    RELEVANCE_MASS,
    STRUCTURE_MASS,
)
from spine_core.comparison.metrics.registry import metrics
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
    """Its score depends on the middle square only, and strongly."""
    weights = np.zeros((2, 48, 48))
    weights[0, 16:32, 16:32] = np.sign(image.pixels[0, 16:32, 16:32]) / 20
    return Linear(weights)


@pytest.fixture(scope="module")
def explanations(image, network):
    return [
        explain("lime", network, image, TARGET, 0, {"samples": 1000, "superpixels": 100}),
        explain("partition_shap", network, image, TARGET, 0, {"max_evals": 500}),
    ]


@pytest.fixture(scope="module")
def compared(explanations, network, image):
    return compare(explanations, network, image, seed=1)


def test_methods_that_find_the_true_region_agree_and_beat_the_controls(compared):
    shap = next(one for one in compared.verdicts if one.method == "partition_shap")
    assert shap.outcome is Outcome.FAITHFUL
    (pair,) = compared.agreements
    assert pair.above_chance
    assert "agree more than chance" in compared.summary


def value(compared, metric, method="partition_shap", **which):
    (found,) = select(compared.results, metric, method=method, is_control=False, **which)
    return found.value


def control_values(compared, metric, **which):
    return [one.value for one in select(compared.results, metric, is_control=True, **which)]


def test_relevance_lies_in_the_region_that_the_network_uses(compared):
    (disc,) = select(compared.results, STRUCTURE_MASS, method="partition_shap", variant="disc")
    assert disc.value > 0.7
    assert disc.chance == pytest.approx(1 / 9)


def test_relevance_mass_in_the_findings_region_exceeds_the_controls(compared):
    assert compared.finding_region.area == pytest.approx(1 / 9)
    assert set(compared.finding_region.structures) <= set(FINDING_STRUCTURES["bulging"])
    assert value(compared, POINTING_GAME) == 1.0
    assert value(compared, RELEVANCE_MASS) == pytest.approx(value(compared, STRUCTURE_MASS, variant="disc"))
    controls = control_values(compared, IOU_BEST)
    assert value(compared, IOU_BEST) > max(controls)
    assert len(controls) == 2 * CONTROL_DRAWS + 1


def test_every_metric_has_a_result_for_each_method_and_then_for_each_control(compared):
    maps = [(one.method, one.draw, one.is_control) for one in select(compared.results, ROAD_LOG_ODDS)]
    assert [method for method, _, is_control in maps if not is_control] == ["lime", "partition_shap"]
    assert [method for method, _, is_control in maps if is_control].count("random") == CONTROL_DRAWS
    assert len(set(maps)) == len(maps) == 2 + 2 * CONTROL_DRAWS + 1
    for metric in (NORMALISED_INFIDELITY, RELEVANCE_MASS):
        assert [(one.method, one.draw, one.is_control) for one in select(compared.results, metric)] == maps


def test_a_map_of_the_true_region_beats_the_controls_by_every_metric(compared):
    assert compared.settings["unused_baseline"] == "scrambled"
    for metric, which in (
        (DELETION, {"variant": "scrambled"}),
        (INSERTION, {"variant": "blur"}),
        (ROAD_LOG_ODDS, {}),
        (NORMALISED_INFIDELITY, {}),
    ):
        own, controls = value(compared, metric, **which), control_values(compared, metric, **which)
        assert all(metric.better(own, other) for other in controls), metric.name


def test_controls_do_not_pass_as_explanations(image, network):
    controls = [explain(name, network, image, TARGET, 11) for name in ("random", "blurred_random")]
    outcomes = [one.outcome for one in compare(controls, network, image, seed=1).verdicts]
    assert Outcome.FAITHFUL not in outcomes


def test_equal_seed_gives_equal_results(compared, explanations, network, image):
    again = compare(explanations, network, image, seed=1)
    assert again.agreements == compared.agreements
    assert again.verdicts == compared.verdicts
    assert [one.to_dict() for one in again.results] == [one.to_dict() for one in compared.results]


def test_scores_are_those_of_the_full_and_the_masked_image(compared, network, image):
    assert compared.target_score == pytest.approx(network.score(image.pixels[None], TARGET)[0])
    assert compared.baseline_score < compared.target_score


def test_without_anatomy_there_are_no_localisation_metrics(explanations, network, image):
    bare = dataclasses.replace(image, regions=None)
    found = compare(explanations[:1], network, bare)
    assert not select(found.results, RELEVANCE_MASS)
    assert not select(found.results, STRUCTURE_MASS)
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


def test_every_metric_states_its_direction_source_and_caveat():
    assert metrics()["deletion"].direction is Direction.LOWER
    for one in metrics().values():
        assert one.label
        assert one.caveat
        assert "doi" in one.paper or "arXiv" in one.paper
        if one.direction is not Direction.NONE:
            assert one.direction.value in one.help


class Listener:
    """A progress callback that keeps what is published."""

    def __init__(self):
        self.published = []

    def __call__(self, done, what=""):
        pass

    def publish(self, partial):
        self.published.append(partial)


def test_what_is_known_is_published_from_quick_to_slow_metrics(explanations, network, image, compared):
    heard = Listener()
    found = compare(explanations, network, image, seed=1, progress=heard)
    assert found.agreements == compared.agreements == heard.published[0].agreements
    same = [
        [(one.metric.name, one.method, one.draw, one.value) for one in each.results]
        for each in (found, compared)
    ]
    assert same[0][: -2 * len(COSTS)] == same[1][: -2 * len(COSTS)]
    counts = [len(one.results) for one in heard.published]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert len(set(counts)) > 3
    last = heard.published[-1].results
    assert not select(last, DELETION, variant="blur"), "the slowest comes with the whole"
    assert select(last, STRUCTURE_MASS)
