"""The section on similar discs says where neighbours tell nothing, and belongs to the released index."""

from __future__ import annotations

import csv
import json

import pytest

from spine_core.evaluation.retrieval_metrics import RetrievalMetrics
from spine_core.networks.registry import load_bundle
from spine_core.results.retrieval import TEST_LOG, metrics_of, read_figures, verdict
from spine_core.retrieval.index_file import INDEX, load_index
from spine_core.retrieval.pictures import file_hash
from spine_core.training.model_card.retrieval_card import retrieval_section


def row(condition: str, gain: list[float] | None, ranking: str = "embedding") -> dict:
    value = [0.5, 0.4, 0.6]
    made = RetrievalMetrics(condition, "t2", ranking, 40, 20, 300, value, value, value, value, value, gain)
    return vars(made)


def test_conditions_whose_neighbours_tell_nothing_are_named():
    figures = {
        "rows": [row("pfirrmann", [0.2, 0.1, 0.3]), row("herniation", [0.02, -0.01, 0.05]),
                 row("herniation", None, "same level")],
        "far": [{"condition": "pfirrmann", "weightings": "t2", "queries": 40, "share": [0.1, 0.0, 0.2]}],
    }  # fmt: skip
    card = {
        "embedding": "ensemble", "discs": 9, "patients": 3, "trained_by": "a command",
        "candidates": [{"name": "ensemble", "components": 128, "p1": 0.7, "tasks": 12}],
    }  # fmt: skip
    said = retrieval_section(card, figures)
    assert "does not lie above 0 for 1 of 2 conditions and weightings" in said
    assert "Disc herniation on T2." in said
    assert "| Pfirrmann grade | T2 | similar discs | 40 (20) | 0.50 (0.40 to 0.60) |" in said
    assert "0.10 (0.00 to 0.20)" in said


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (
            [0.2, 0.1, 0.3],
            "than other discs of the level do (50 % share it, 50 % as the mean over grades; +20 points",
        ),
        ([0.2, -0.1, 0.3], "are not shown to share the grade more often"),
        (None, "was not measured"),
    ],
)
def test_the_page_says_what_neighbours_are_worth(gain, words):
    found = metrics_of({"test": {"rows": [row("pfirrmann", gain)]}}, "pfirrmann", "t2")
    assert words in verdict(found)
    assert "was not measured" in verdict(metrics_of({}, "pfirrmann", "t2"))


def test_the_released_index_and_its_figures_belong_to_the_released_ensemble():
    network = load_bundle().grader.id.sha256
    index, figures = load_index(network), read_figures(network)
    assert len(index) > 1000
    assert (figures["test"]["fold"], figures["selection"]["fold"]) == (0, 1)
    last = json.loads(TEST_LOG.read_text().splitlines()[-1])
    assert (last["grader"], last["index"]) == (
        network,
        json.loads(INDEX.with_suffix(".json").read_text())["sha256"],
    )
    logged = {
        f"{one['condition']} {one['weightings']}": one["p5"][0]
        for one in figures["test"]["rows"]
        if one["ranking"] == "embedding"
    }
    assert last["p5"] == logged


def test_no_image_of_a_test_patient_is_in_the_index(data_dir):
    index = load_index(load_bundle().grader.id.sha256)
    known = set(index.images.ravel()) - {""}
    with (data_dir / "splits.csv").open(newline="") as handle:
        folds = {(one["set"], one["patient"]): int(one["fold"]) for one in csv.DictReader(handle)}
    by_fold: dict[bool, int] = {True: 0, False: 0}
    for source in ("spider", "sudirman"):
        for path in (data_dir / source / "images").glob("*.png"):
            fold = folds.get((source, path.name.split("_")[0]))
            if fold is not None:
                by_fold[fold == 0] += file_hash(index.salt, source, path.name) in known
    assert by_fold[True] == 0
    assert by_fold[False] == len(known)
