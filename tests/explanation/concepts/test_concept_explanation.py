"""Explanations by measurements, on a model whose contributions are worked out by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.explanation.concepts.agreement import Agreement, agreement
from spine_core.explanation.concepts.explain import Answer, MeasuredDisc, explain_by_measurements
from spine_core.explanation.concepts.measured_values import model_values
from spine_core.explanation.concepts.measurement_model import as_json, digest, load
from spine_core.explanation.concepts.ordinal import grade_probabilities
from spine_core.explanation.concepts.steps import step_of
from spine_core.explanation.concepts.words import number, sentence, step_words, why_not
from spine_core.networks.target import Target, TargetKind
from spine_core.weights import WeightsError
from tests.explanation.concepts.by_hand import BULGING, MODEL, PFIRRMANN

DARK = Measurements(
    disc_height=0.25, disc_height_index=0.2, signal_ratio=0.2, canal_diameter=0.4, slip_percent=0.0, bulge_depth=0.1
)  # fmt: skip
"""Height is 0.1 below the median of L4/L5, signal 0.3: 0.5 and 3.0 of log-odds. The median signal is above the mean."""

IV = Target("pfirrmann", "4")
NETWORK = {"1": 0.0, "2": 0.05, "3": 0.15, "4": 0.7, "5": 0.1}


def explained(measured=DARK, target=IV, network=NETWORK, **disc):
    inter_disc = 36.0 if measured.unit == "mm" else None
    return explain_by_measurements(
        MODEL, MeasuredDisc("L4/L5", measured, inter_disc, **disc), target, network
    )


def test_probabilities_of_grades_are_differences_of_the_steps():
    # P(at least the second) = sigmoid(1), P(at least the third) = sigmoid(-1).
    assert grade_probabilities(0.0, (-1.0, 1.0)) == pytest.approx([0.2689, 0.4621, 0.2689], abs=1e-4)


def test_contributions_level_and_baseline_sum_to_the_log_odds():
    found = explained()
    added = {one.concept.name: one.log_odds for one in found.contributions}
    assert added["disc_height_index"] == pytest.approx(-5 * (0.2 - 0.3))
    assert added["signal_ratio"] == pytest.approx(-10 * (0.2 - 0.5))
    # At least IV has the threshold 1: -1 + 0.25 + 0.5 + 2 from the means of all levels.
    assert found.log_odds == pytest.approx(1.75)
    assert found.level_log_odds == pytest.approx(0.25 - 10 * (0.5 - 0.4))
    assert found.baseline + found.level_log_odds + sum(added.values()) == pytest.approx(
        found.log_odds, abs=1e-12
    )
    assert found.probability == pytest.approx(1 / (1 + np.exp(-1.75)))
    assert sum(found.probabilities) == pytest.approx(1)


@pytest.mark.parametrize(
    ("target", "threshold", "sign"),
    [
        (Target("pfirrmann", "1"), -2.0, -1),
        (Target("pfirrmann", "3", TargetKind.AT_LEAST), -1.0, 1),
        (Target("pfirrmann", "2", TargetKind.VERSUS, "4"), 1.0, -1),
        (Target("pfirrmann", "5", TargetKind.VERSUS, "2"), 3.0, 1),
    ],
)
def test_every_question_has_its_step_and_its_sign(target, threshold, sign):
    found = explained(target=target)
    assert found.log_odds == pytest.approx(sign * (2.75 - threshold))
    parts = found.baseline + found.level_log_odds + sum(one.log_odds for one in found.contributions)
    assert parts == pytest.approx(found.log_odds, abs=1e-12)


def test_the_network_s_probability_is_of_the_same_step():
    assert explained().network_probability == pytest.approx(0.8)
    assert explained(target=Target("pfirrmann", "1")).network_probability == pytest.approx(0.0)


def test_lengths_in_millimetres_give_the_same_contributions():
    mm = replace(DARK, disc_height=9.0, canal_diameter=14.4, bulge_depth=7.2, unit="mm")
    bulging = Target("bulging", "1")
    found = explained(mm, bulging, {"0": 0.2, "1": 0.8})
    assert model_values(mm, 36.0)["bulge_depth"] == pytest.approx(0.2)
    bulge = next(one for one in found.contributions if one.concept.name == "bulge_depth")
    assert bulge.log_odds == pytest.approx(20 * (0.2 - 0.15))
    assert (bulge.value, bulge.unit, bulge.error) == (7.2, "mm", 1.2)
    assert bulge.margin == pytest.approx(20 * 0.05)
    assert number(bulge) == "7.2 ± 1.2 mm"
    with pytest.raises(ValueError, match="inter-disc distance in mm"):
        model_values(mm, None)


def test_errors_of_measurements_become_errors_of_contributions():
    found = explained()
    by_name = {one.concept.name: one for one in found.contributions}
    assert by_name["disc_height_index"].margin == pytest.approx(5 * 0.04)
    assert by_name["signal_ratio"].margin == pytest.approx(10 * 0.03)
    assert by_name["canal_diameter"].margin is None
    assert found.margin == pytest.approx(np.hypot(0.2, 0.3))


def test_the_segmenter_s_error_is_not_claimed_for_outlines_of_a_reader():
    found = explained(edited=True)
    assert all(one.error is None and one.margin is None for one in found.contributions)
    assert found.margin == 0


def test_a_missing_measurement_counts_as_missing_and_says_so():
    found = explained(replace(DARK, signal_ratio=None))
    signal = next(one for one in found.contributions if one.concept.name == "signal_ratio")
    # The term for missing is 0.5 above the mean of all levels, which is 1.0 above the median of L4/L5.
    assert (signal.value, signal.margin) == (None, None)
    assert signal.log_odds == pytest.approx(1.5)
    assert found.log_odds == pytest.approx(-1 + 0.25 + 0.5 + 0.5)
    assert "could not be measured" in sentence(signal, found)


def test_values_beyond_the_cohort_count_as_its_ends():
    far = explained(replace(DARK, signal_ratio=7.0))
    end = explained(replace(DARK, signal_ratio=0.9))
    assert far.log_odds == end.log_odds


def test_sentences_name_value_rank_and_direction():
    found = explained()
    by_name = {one.concept.name: sentence(one, found) for one in found.contributions}
    assert by_name["signal_ratio"] == (
        "Disc signal / fluid signal 0.20 ± 0.03, darker than 88 % of the discs at L4/L5: speaks for grade IV or above."
    )
    assert by_name["canal_diameter"].endswith("the training data leave open which way this speaks.")
    assert step_words(explained(target=Target("pfirrmann", "1"))) == "a grade below II"


def test_a_contribution_within_its_error_says_that_it_could_be_reversed():
    found = explained(replace(DARK, disc_height_index=0.28))
    (height,) = [one for one in found.contributions if one.concept.name == "disc_height_index"]
    assert "could also be the other way round" in sentence(height, found)


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        (Target("modic", "2"), Answer.NOT_INFORMATIVE),
        (Target("modic", "2", TargetKind.VERSUS, "1"), Answer.NOT_MODELLED),
        (Target("herniation", "1"), Answer.NOT_MODELLED),
    ],
)
def test_no_explanation_where_the_model_has_none(target, answer):
    found = explained(target=target, network=dict.fromkeys(target.definition.grades, 0.5))
    assert found.answer is answer
    assert found.contributions == ()
    assert why_not(found)


def test_no_explanation_where_nothing_was_measured():
    assert explained(Measurements()).answer is Answer.NOT_MEASURED


def test_a_type_of_a_categorical_condition_is_explained_by_presence():
    assert step_of(Target("modic", "2")).coarser
    assert step_of(Target("modic", "0")).sign == -1


def certain(grade):
    return {one: float(one == grade) for one in ("1", "2", "3", "4", "5")}


@pytest.mark.parametrize(
    ("score", "margin", "grade", "expected"),
    [
        (2.0, 0.1, "4", Agreement.AGREES),
        (2.0, 0.1, "3", Agreement.ADJACENT),
        (2.0, 0.1, "2", Agreement.CONFLICTS),
        (2.0, 2.5, "2", Agreement.OPEN),
    ],
)
def test_agreement_on_an_ordinal_scale(score, margin, grade, expected):
    assert agreement(PFIRRMANN, score, margin, certain(grade)) is expected


@pytest.mark.parametrize(
    ("score", "margin", "present", "expected"),
    [
        (1.0, 0.1, 1.0, Agreement.AGREES),
        (1.0, 0.1, 0.0, Agreement.CONFLICTS),
        (1.0, 0.6, 0.0, Agreement.OPEN),
        (-1.0, 0.1, 1.0, Agreement.CONFLICTS),
        (0.3, 0.1, 1.0, Agreement.OPEN),
        (-1.0, 0.1, 0.0, Agreement.AGREES),
    ],
)
def test_agreement_of_two_grades(score, margin, present, expected):
    # The average disc has log-odds of -0.5, as has a score of 0.
    assert agreement(BULGING, score, margin, {"0": 1 - present, "1": present}) is expected


def test_the_stored_model_is_checked_by_its_hash(tmp_path):
    content = json.loads(json.dumps(as_json(MODEL)))
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"model": content, "sha256": digest(content)}))
    assert load(path) == replace(MODEL, sha256=digest(content))
    content["conditions"]["bulging"]["thresholds"] = [0.6]
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps({"model": content, "sha256": load(path).sha256}))
    with pytest.raises(WeightsError, match="was changed"):
        load(changed)
    assert load(tmp_path / "none.json") is None
