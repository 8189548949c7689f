"""The stored results belong to the released weights, and the model card is generated from them."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from spine_core.networks.registry import ENSEMBLE, WEIGHTS, load_bundle
from spine_core.results.experiments import EXPERIMENTS, EXPERIMENTS_DIR
from spine_core.results.test_log import LOG
from spine_core.results.tuning import TRIALS_FILE
from spine_core.results.tuning_trials import read_trials
from spine_core.training.ablations.metrics import compare_arms
from spine_core.training.ablations.predictions import read_predictions
from spine_core.training.evaluation import baselines
from spine_core.training.model_card.card import CARD, model_card
from spine_core.training.model_card.stored_results import rounded
from spine_core.training.models.ensemble_selection import EnsembleCandidate, select_candidate

ROOT = WEIGHTS.parents[1]
GROUP = ("fold", "source", "sequence", "condition")


@pytest.fixture(scope="module")
def card() -> dict:
    return json.loads((WEIGHTS / ENSEMBLE).read_text())


def test_the_model_card_is_made_from_the_figures(card) -> None:
    assert CARD.read_text() == model_card(card)


def test_the_experiments_of_the_card_are_those_with_stored_predictions(card) -> None:
    experiments = card.get("experiments", [])
    assert {one["name"] for one in experiments} == {
        path.name.removesuffix(".csv.gz") for path in EXPERIMENTS_DIR.glob("*.csv.gz")
    }
    for one in experiments:
        command, predictions = read_predictions(EXPERIMENTS_DIR / f"{one['name']}.csv.gz")
        assert one["command"] == command
        # One task is enough: the intervals of all tasks take half a minute.
        row = one["rows"][0]
        predictions_of_task = [p for p in predictions if all(row[key] == getattr(p, key) for key in GROUP)]
        (again,) = compare_arms(EXPERIMENTS[one["name"]], predictions_of_task)
        assert rounded(asdict(again)) == row


def test_the_search_of_the_card_is_the_stored_one(card) -> None:
    stored = read_trials(TRIALS_FILE)
    assert card.get("tuning") == (None if stored is None else json.loads(json.dumps(asdict(stored))))


def test_the_test_metrics_belong_to_the_released_weights(card) -> None:
    last = json.loads(LOG.read_text().splitlines()[-1])
    bundle = load_bundle()
    ids = (bundle.grader.id, bundle.detector.id, bundle.segmenter.id)
    assert tuple(last[name] for name in ("grader", "detector", "segmenter")) == tuple(i.sha256 for i in ids)
    stored = {
        f"{row['source']} {row['sequence']} {row['condition']}>={row['at_least']}": row["auroc"]
        for row in card["figures"]["test"]["grading"]
    }
    assert last["auroc"] == stored


def test_the_baseline_regressions_were_fitted_with_the_released_networks(card) -> None:
    assert json.loads(baselines.BASELINES_FILE.read_text())["grader"] == load_bundle().grader.id.sha256
    for figures in card["figures"].values():
        assert all(set(row["baselines"]) == {"measurements", "fused"} for row in figures["grading"])


def test_the_documentation_quotes_the_test_figures(card) -> None:
    text = (ROOT / "docs" / "performance.md").read_text()
    rows = {(r["source"], r["sequence"], r["condition"]): r for r in card["figures"]["test"]["grading"]}
    for key in (
        ("spider", "t2", "pfirrmann"),
        ("spider", "t2", "narrowing"),
        ("sudirman", "t2", "canal_stenosis"),
        ("sudirman", "t2", "ddd"),
    ):
        row = rows[key]
        assert f"{row['auroc']:.2f} ({row['low']:.2f}-{row['high']:.2f})" in text
    for row in card["figures"]["test"]["segmentation"]:
        assert f"{row['dice']:.2f} ({row['low']:.2f}-{row['high']:.2f})" in text


def test_the_released_ensemble_is_the_one_that_the_rule_selects(card) -> None:
    groups = [EnsembleCandidate(**(row | {"members": tuple(row["members"])})) for row in card["candidates"]]
    answering = [member["file"].removesuffix(".safetensors") for member in card["members"]]
    assert tuple(answering) == select_candidate(groups).members


def test_every_card_names_the_data_and_the_command_that_trained(card) -> None:
    for member in card["members"]:
        own = json.loads((WEIGHTS / member["file"]).with_suffix(".json").read_text())
        assert own["trained_by"].startswith("python -m spine_core train grader")
        assert any("Sudirman" in source for source in own["sources"])


def test_weights_stay_small() -> None:
    sizes = [path.stat().st_size for path in WEIGHTS.glob("*.safetensors")]
    assert max(sizes) < 45_000_000
    assert sum(sizes) < 150_000_000
