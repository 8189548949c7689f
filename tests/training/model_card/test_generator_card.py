"""The generators' figures belong to the released weights, and the card says what they allow."""

import json

from spine_core.networks.registry import WEIGHTS
from spine_core.results.generator_results import TEST_LOG, released_use, stored_results
from spine_core.synthesis.generator import released_generator
from spine_core.training.model_card.card import CARD
from spine_core.training.model_card.generator_card import section


def test_the_figures_are_those_of_the_released_generator():
    generator = released_generator().id.sha256
    assert {found["generator"] for found in stored_results()["flow"].values()} == {generator}
    entries = [json.loads(line) for line in TEST_LOG.read_text().splitlines()]
    last = [entry for entry in entries if entry["generator"] == generator][-1]
    whole = [row for row in stored_results()["flow"]["test"]["distance"] if row["group"] == "all"]
    assert last["kid"] == {row["features"]: row["synthetic"]["value"] for row in whole}


def test_the_card_says_what_the_generator_may_be_used_for_and_how_often_it_copies():
    text = section()
    assert text in CARD.read_text()
    assert released_use().value in text
    copies = stored_results()["flow"]["test"]["copies"]
    assert f"{copies['copies']} of {copies['samples']}" in text


def test_the_weights_fit_their_budget():
    card = json.loads((WEIGHTS / "generator-flow.json").read_text())
    assert card["parameters"] <= 6_000_000
    assert card["history"][-1][0] == card["plan"]["steps"]
