"""The stored measurement model belongs to the released networks, and the card's section is made from it."""

from __future__ import annotations

import json

import pytest

from spine_core.explanation.concepts.measurement_model import STORED, load
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.registry import load_bundle
from spine_core.results.measurement_figures import measurement_figures
from spine_core.results.test_log import MEASUREMENT_LOG
from spine_core.training.model_card.measurement_card import section


@pytest.fixture(scope="module")
def stored() -> dict:
    return json.loads(STORED.read_text())


def test_the_model_was_fitted_on_the_outlines_of_the_released_networks(stored):
    bundle, model = load_bundle(), load()
    assert model.networks == {"detector": bundle.detector.id.sha256, "segmenter": bundle.segmenter.id.sha256}
    assert model.sha256 == stored["sha256"]


def test_only_what_beat_the_level_on_left_out_training_patients_explains(stored):
    for name, model in load().conditions.items():
        assert model.informative == (stored["chosen"][name]["gain_low"] > 0)


def test_the_test_figures_are_of_the_stored_model_and_were_logged_once(stored):
    entries = [json.loads(line) for line in MEASUREMENT_LOG.read_text().splitlines()]
    assert entries[-1]["model"] == stored["sha256"]
    rows = stored["figures"]["test"]["grading"]
    logged = {
        f"{r['source']} {r['sequence']} {r['condition']}>={r['at_least']}": r["auroc"]["model"]["value"]
        for r in rows
    }
    assert entries[-1]["auroc"] == logged


def test_the_section_names_every_condition_and_those_without_an_explanation(stored):
    text = section()
    for name, model in stored["model"]["conditions"].items():
        assert f"| {BY_NAME[name].label} |" in text
        if not model["informative"]:
            assert BY_NAME[name].label in text.split("better than the level alone: ")[1].split(".")[0]
    assert section(STORED.with_name("none.json")) == ""


def test_the_page_shows_the_figures_of_the_test_patients(stored, tmp_path):
    found = measurement_figures("pfirrmann")
    rows = [r for r in stored["figures"]["test"]["grading"] if r["condition"] == "pfirrmann"]
    assert [one.auroc for one in found] == [row["auroc"]["model"]["value"] for row in rows]
    assert {one.patients_of for one in found} == {"test patients"}
    assert measurement_figures("pfirrmann", tmp_path / "none.json") == ()
