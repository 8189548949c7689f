"""The figures that are shown are those that were measured on the weights that are shipped."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from spine_core.networks.registry import ENSEMBLE, WEIGHTS, load_bundle
from spine_core.results.experiments import EXPERIMENTS, KEPT
from spine_core.results.test_log import LOG
from spine_core.results.tuning import KEPT as SEARCHED
from spine_core.results.tuning_trials import read as read_search
from spine_core.training.ablations.metrics import tried
from spine_core.training.ablations.predictions import read
from spine_core.training.evaluation import baselines
from spine_core.training.model_card.card import CARD, model_card
from spine_core.training.model_card.stored_results import short
from spine_core.training.models.ensemble_selection import Group, choose

ROOT = WEIGHTS.parents[1]
GROUP = ("fold", "source", "sequence", "condition")


@pytest.fixture(scope="module")
def card() -> dict:
    return json.loads((WEIGHTS / ENSEMBLE).read_text())


def test_the_model_card_is_made_from_the_figures(card) -> None:
    assert CARD.read_text() == model_card(card)


def test_the_experiments_of_the_card_are_those_whose_predictions_are_kept(card) -> None:
    told = card.get("experiments", [])
    assert {one["name"] for one in told} == {
        path.name.removesuffix(".csv.gz") for path in KEPT.glob("*.csv.gz")
    }
    for one in told:
        command, predictions = read(KEPT / f"{one['name']}.csv.gz")
        assert one["command"] == command
        # One question stands for all: the intervals of every one take half a minute.
        row = one["rows"][0]
        asked = [p for p in predictions if all(row[key] == getattr(p, key) for key in GROUP)]
        (again,) = tried(EXPERIMENTS[one["name"]], asked)
        assert short(asdict(again)) == row


def test_the_search_of_the_card_is_the_one_whose_table_is_kept(card) -> None:
    kept = read_search(SEARCHED)
    assert card.get("search") == (None if kept is None else json.loads(json.dumps(asdict(kept))))


def test_the_test_figures_belong_to_the_shipped_weights(card) -> None:
    last = json.loads(LOG.read_text().splitlines()[-1])
    bundle = load_bundle()
    ids = (bundle.grader.id, bundle.detector.id, bundle.segmenter.id)
    assert tuple(last[name] for name in ("grader", "localiser", "outliner")) == tuple(i.sha256 for i in ids)
    kept = {
        f"{row['source']} {row['sequence']} {row['condition']}>={row['at_least']}": row["auroc"]
        for row in card["figures"]["test"]["graded"]
    }
    assert last["auroc"] == kept


def test_the_regressions_beside_the_networks_were_fitted_with_the_shipped_ones(card) -> None:
    assert json.loads(baselines.KEPT.read_text())["grader"] == load_bundle().grader.id.sha256
    for figures in card["figures"].values():
        assert all(set(row["baselines"]) == {"measurements", "fused"} for row in figures["graded"])


def test_the_readme_quotes_the_test_figures(card) -> None:
    readme = (ROOT / "README.md").read_text()
    rows = {(r["source"], r["sequence"], r["condition"]): r for r in card["figures"]["test"]["graded"]}
    for key in (
        ("spider", "t2", "pfirrmann"),
        ("spider", "t2", "narrowing"),
        ("sudirman", "t2", "canal_stenosis"),
        ("sudirman", "t2", "ddd"),
    ):
        row = rows[key]
        assert f"{row['auroc']:.2f} ({row['low']:.2f}-{row['high']:.2f})" in readme
    for row in card["figures"]["test"]["outlined"]:
        assert f"{row['dice']:.2f} ({row['low']:.2f}-{row['high']:.2f})" in readme


def test_the_networks_that_answer_are_those_that_the_rule_chose(card) -> None:
    groups = [Group(**(row | {"members": tuple(row["members"])})) for row in card["tried"]]
    answering = [member["file"].removesuffix(".safetensors") for member in card["members"]]
    assert tuple(answering) == choose(groups).members


def test_every_card_names_the_data_and_the_command_that_trained(card) -> None:
    for member in card["members"]:
        own = json.loads((WEIGHTS / member["file"]).with_suffix(".json").read_text())
        assert own["trained_by"].startswith("python -m spine_core train grader")
        assert any("Sudirman" in source for source in own["sources"])


def test_weights_stay_small() -> None:
    sizes = [path.stat().st_size for path in WEIGHTS.glob("*.safetensors")]
    assert max(sizes) < 45_000_000
    assert sum(sizes) < 150_000_000
