"""Reasons that are no maps, as a user of the library asks for them, on the demonstration study."""

from __future__ import annotations

import json

import pytest

import spine_core as sl
from spine_core.explanation.concepts.explain import Answer


@pytest.fixture(scope="module")
def reading(demo_folder, smallest_network) -> sl.StudyReading:
    return sl.read(sl.open_study(demo_folder), smallest_network)


def test_measurements_explain_a_finding_in_sentences_a_table_and_json(reading, tmp_path):
    found = sl.explain_by_measurements(reading, "L4/L5", "pfirrmann")
    assert found.explanation.answer is Answer.EXPLAINED
    assert len(found.sentences) == 5
    table = found.to_dataframe().set_index("term")
    parts = table.loc[table.index != "sum", "log_odds"].sum()
    assert table.loc["sum", "log_odds"] == pytest.approx(parts)
    values = found.to_json(tmp_path / "reasons.json")
    assert json.loads((tmp_path / "reasons.json").read_text()) == values
    assert values["network_probability"] == pytest.approx(
        sum(reading.finding("L4/L5", "pfirrmann").probabilities[g] for g in ("1", "2", "3", "4", "5")
            if g >= found.explanation.step.grade)
    )  # fmt: skip


def test_a_finding_that_measurements_cannot_tell_has_a_reason_instead(reading):
    found = sl.explain_by_measurements(reading, "L4/L5", "endplate_upper")
    assert found.explanation.answer is Answer.NOT_INFORMATIVE
    assert "explain nothing" in found.sentences[0]
    assert found.to_dataframe()["answer"].tolist() == ["not informative"]


def test_slices_and_weightings_of_a_finding_are_a_table(reading, tmp_path):
    found = sl.explain_by_inputs(reading, "L4/L5", "herniation")
    network, image = reading.networks.explained_network.wait_ready(), reading.reading.images["L4/L5"]
    target = reading.finding("L4/L5", "herniation").target
    assert found.explanation.log_odds == pytest.approx(network.score(image.pixels[None], target)[0], abs=1e-4)
    table = found.to_dataframe()
    assert table["kind"].tolist() == ["slice"] * 7 + ["weighting"] * 2
    graded = table[(table["kind"] == "slice") & (table["step"] == 0)]
    assert graded["log_odds"].iloc[0] == pytest.approx(found.explanation.log_odds)
    assert found.to_json(tmp_path / "inputs.json")["model_evaluations"] == 136


@pytest.mark.parametrize("explain", [sl.explain_by_measurements, sl.explain_by_inputs])
def test_a_missing_finding_and_a_target_of_another_condition_are_refused(reading, explain):
    with pytest.raises(sl.FindingError, match="no gout at L4/L5"):
        explain(reading, "L4/L5", "gout")
    with pytest.raises(ValueError, match="the target is of bulging, not of pfirrmann"):
        explain(reading, "L4/L5", "pfirrmann", target=sl.Target("bulging", "1"))
