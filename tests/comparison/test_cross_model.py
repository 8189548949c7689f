import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from spine_core.comparison.compare import compare
from spine_core.comparison.cross_model import agreement_criterion, compare_models
from spine_core.comparison.reports.csv import comparison_csv
from spine_core.comparison.reports.html import comparison_html
from spine_core.comparison.reports.json import comparison_json
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.explanation.registry import explain
from spine_core.grading.types import ModelId
from spine_core.progress import Cancelled
from tests.explanation.toys import TARGET, Linear, disc_image, textured
from tests.pages import fakes

SIZE = 48
METHODS = ("occlusion", "lime")


def looking(name, half, bias=0.0):
    """A network whose score is 100 times the mean of one half of the image."""
    weights = np.zeros((2, SIZE, SIZE))
    weights[:, :, half] = 100 / (SIZE * SIZE)
    network = Linear(weights, bias)
    network.id = ModelId(name, "1", "0" * 64)
    return network


LEFT, RIGHT = slice(0, SIZE // 2), slice(SIZE // 2, SIZE)


@pytest.fixture(scope="module")
def maps():
    image = disc_image(textured(SIZE))
    networks = [looking("left", LEFT), looking("same", LEFT, bias=1.0), looking("right", RIGHT)]
    return [explain(method, network, image, TARGET) for method in METHODS for network in networks]


@pytest.fixture(scope="module")
def found(maps):
    return compare_models(maps)


def of(maps, method, *networks):
    return [one for one in maps if one.method == method and one.model.name in networks]


def sentence(maps, **more):
    (method,) = compare_models(maps, **more).methods
    return method.sentence


def emptied(explanation):
    return replace(explanation, attribution=np.zeros_like(explanation.attribution), is_empty=True)


def test_equal_networks_agree_fully_and_those_of_different_halves_do_not(found):
    assert [one.name for one in found.networks] == ["left", "same", "right"]
    for one in found.methods:
        pairs = {(pair.first, pair.second): pair for pair in one.agreements}
        assert set(pairs) == {("left", "same"), ("left", "right"), ("same", "right")}
        assert pairs["left", "same"].rank_correlation == pytest.approx(1.0)
        assert pairs["left", "same"].above_chance
        assert pairs["left", "right"].above_chance is False
        assert pairs["left", "right"].overlap < pairs["left", "right"].expected_overlap


def test_networks_have_their_own_probabilities(maps, found):
    left, same, right = found.networks
    score = {one.model.name: one.target_score for one in maps}
    assert found.probability(left) == pytest.approx(expit(score["left"]))
    assert score["same"] == pytest.approx(score["left"] + 1)
    assert found.probability(same) > found.probability(left)
    assert found.probability(right) == pytest.approx(expit(score["right"]))


def test_probability_is_by_torch_where_a_method_used_torch(maps):
    fast = [
        replace(one, backend="fast", target_score=one.target_score + 0.1)
        for one in of(maps, "lime", "left", "right")
    ]
    found = compare_models([*fast, *of(maps, "occlusion", "left", "right")])
    log_odds = next(one.target_score for one in maps if one.model.name == "left")
    assert found.probability(found.networks[0]) == pytest.approx(expit(log_odds))


def test_results_of_a_method_do_not_depend_on_other_methods(maps, found):
    alone = compare_models(of(maps, "lime", "left", "same", "right"))
    assert alone.methods[0].agreements == found.methods[1].agreements
    assert compare_models(maps).methods[0].agreements == found.methods[0].agreements
    assert compare_models(maps, seed=1).methods[0].agreements != found.methods[0].agreements


def test_sentence_counts_pairs_above_chance(maps, found):
    assert found.methods[0].sentence == (
        "Occlusion: the three networks differ (rank correlation above chance in 1 of 3 pairs: left with same)."
    )
    two = sentence(of(maps, "occlusion", "left", "same"))
    assert two.startswith(
        "Occlusion: left and same look at the same place (rank correlation 1.00, chance up to "
    )
    assert "left and right look at different places" in sentence(of(maps, "occlusion", "left", "right"))
    same = of(maps, "occlusion", "left", "same")
    third = replace(same[0], model=ModelId("third", "1", "0" * 64))
    assert sentence([*same, third]) == (
        "Occlusion: the three networks look at the same place (rank correlation above chance in 3 of 3 pairs)."
    )


MEMBERS = ("left", "same")
"""Of an ensemble that is called ``right``."""


def test_pairs_of_an_ensemble_with_its_members_count_only_where_there_are_no_others(maps):
    everything = of(maps, "occlusion", "left", "same", "right")
    text = sentence(everything, ensemble="right", members=MEMBERS)
    assert text.startswith("Occlusion: left and same look at the same place (rank correlation 1.00")
    assert "left and right look at different places" in sentence(
        of(maps, "occlusion", "left", "right"), ensemble="right", members=MEMBERS
    )
    assert "Pairs of “right” with its members do not count" in agreement_criterion(
        compare_models(everything, ensemble="right", members=MEMBERS)
    )
    assert "do not count" not in agreement_criterion(
        compare_models(everything, ensemble="ensemble", members=MEMBERS)
    )


def test_an_ensemble_is_compared_with_networks_that_are_not_its_members(maps):
    left, same, right = of(maps, "occlusion", "left", "same", "right")
    stranger = replace(same, model=ModelId("brought", "1", "0" * 64))
    found = compare_models([left, right, stranger], ensemble="right", members=MEMBERS)
    assert found.ensemble == "right"
    assert "rank correlation above chance in 1 of 2 pairs" in found.methods[0].sentence


def test_an_empty_map_is_reported_and_not_compared(maps):
    left, same, right = of(maps, "occlusion", "left", "same", "right")
    text = sentence([left, same, emptied(right)])
    assert text.startswith("Occlusion: left and same look at the same place")
    assert text.endswith("right found no evidence for this target.")
    text = sentence([left, emptied(same), emptied(right)])
    assert text == (
        "Occlusion: there are no two maps to compare. same and right found no evidence for this target."
    )


def test_what_cannot_be_compared_is_refused(maps):
    left, same = of(maps, "occlusion", "left", "same")
    with pytest.raises(ValueError, match="two networks or more"):
        compare_models([left])
    with pytest.raises(ValueError, match="one explanation per method and network"):
        compare_models([left, same, same])
    with pytest.raises(ValueError, match="one explanation per method and network"):
        compare_models([left, same, *of(maps, "lime", "left")])
    with pytest.raises(ValueError, match="different grades or levels"):
        compare_models([left, replace(same, level="L5/S1")])


def test_comparing_can_be_cancelled(maps):
    def cancel(done, what=""):
        if done > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare_models(maps, progress=cancel)


@pytest.fixture(scope="module")
def report(maps, found):
    image = disc_image(textured(SIZE))
    shown = tuple(one for one in maps if one.model.name == "left")
    compared = compare(shown, looking("left", LEFT), image)
    return ComparisonReport(fakes.study(), image, shown, compared, cross_model=found)


def test_csv_has_every_pair_of_networks_with_chance_and_each_networks_probability(report, found):
    rows = list(csv.DictReader(io.StringIO(comparison_csv(report))))[len(report.results) :]
    pairs = {(row["method"], row["variant"], row["metric"]): row for row in rows if row["method"]}
    assert len(pairs) == len(METHODS) * 3 * 4
    row = pairs["occlusion", "left with same", "rank_correlation"]
    assert float(row["value"]) == pytest.approx(1.0)
    assert 0 < float(row["chance"]) < 1
    assert row["network"] == ""
    assert row["study_sha256"] == report.study.sha256
    predicted = {row["variant"]: float(row["value"]) for row in rows if not row["method"]}
    assert predicted == {one.name: pytest.approx(found.probability(one), rel=1e-5) for one in found.networks}


def test_json_has_what_each_map_was_made_with(report):
    made = json.loads(json.dumps(comparison_json(report)))["cross_model"]
    assert [one["name"] for one in made["networks"]] == ["left", "same", "right"]
    assert [one["method"] for one in made["methods"]] == list(METHODS)
    assert made["methods"][1]["explanations"][2]["network"]["name"] == "right"
    assert made["methods"][1]["explanations"][2]["settings"]["superpixels"]
    assert made["settings"]["chance_draws"] == 100
    assert comparison_json(replace(report, cross_model=None))["cross_model"] is None


def test_report_shows_a_map_per_method_and_network_with_the_sentences(report, found):
    page = comparison_html(report)
    for one in found.methods:
        assert one.sentence in page
    maps = [alt for alt in re.findall("<img class='' alt='([^']*)'", page) if " of " in alt]
    assert len(maps) == len(METHODS) * (1 + 3)
    assert f"LIME of {TARGET.label()} at L4/L5 in right" in maps
    assert f"right: {found.probability(found.networks[2]):.0%}" in page
    assert "left with same" in page
