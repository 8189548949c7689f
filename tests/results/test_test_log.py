"""The log of test evaluations."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spine_core.results.acceptance_criteria import CRITERIA
from spine_core.results.test_log import (
    CORRECTED,
    ORIGINAL,
    auroc_history,
    log_evaluation,
    log_level_evaluation,
    metric_history,
    read_log,
)
from spine_core.weights import ModelId

DICE, FOUND, ERROR = (
    next(one for one in CRITERIA if one.key == key)
    for key in ("dice disc", "found spider t2", "error bulging 1")
)


def evaluated(
    path: Path, grader: str, auroc: float, segmenter: str = "o", dice: float = 0.8, labels: str = ORIGINAL
) -> None:
    bundle: Any = SimpleNamespace(
        grader=SimpleNamespace(id=SimpleNamespace(sha256=grader)),
        detector=SimpleNamespace(id=SimpleNamespace(sha256="l")),
        segmenter=SimpleNamespace(id=SimpleNamespace(sha256=segmenter)),
    )
    row = {
        "source": "spider",
        "sequence": "t2",
        "condition": "pfirrmann",
        "at_least": "3",
        "auroc": auroc,
        "kappa": None,
    }
    figures = {
        "grading": [row],
        "detection": [{"source": "spider", "sequence": "t2", "found": 0.95}],
        "segmentation": [{"structure": "disc", "dice": dice}],
        "overall_calibration": [],
        "calibration": [{"condition": "bulging", "at_least": "1", "error": 1 - auroc, "coverage": None}],
    }
    log_evaluation(bundle, figures, path, labels)


def test_each_grader_is_listed_once_with_its_last_value_in_the_order_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    assert read_log(path) == []
    for grader, auroc in (("one", 0.9), ("two", 0.91), ("one", 0.92001)):
        evaluated(path, grader, auroc)
    assert len(path.read_text().splitlines()) == 3, "no entry is removed"
    assert list(auroc_history("spider t2 pfirrmann>=3", read_log(path)).items()) == [
        ("one", 0.92),
        ("two", 0.91),
    ]
    assert auroc_history("spider t2 modic>=1", read_log(path)) == {}


def test_a_metric_is_listed_for_the_network_that_it_measures(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    evaluated(path, "one", 0.9, "old", 0.76)
    evaluated(path, "two", 0.8, "old", 0.77)
    evaluated(path, "two", 0.8, "new", 0.88004)
    entries = read_log(path)
    assert metric_history(DICE, entries) == {"old": 0.77, "new": 0.88}
    assert metric_history(FOUND, entries) == {"l": 0.95}
    assert metric_history(ERROR, entries) == {"one": 0.1, "two": 0.2}


def test_on_corrected_labels_a_network_is_listed_again_if_its_value_changed(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    evaluated(path, "one", 0.9)
    evaluated(path, "one", 0.8, labels=CORRECTED)
    entries = read_log(path)
    assert auroc_history("spider t2 pfirrmann>=3", entries) == {"one": 0.9, "one (T1 corrected)": 0.8}
    assert metric_history(DICE, entries) == {"o": 0.8}
    assert metric_history(ERROR, entries) == {"one": 0.1, "one (T1 corrected)": 0.2}


def test_first_entries_without_segmenter_and_criteria_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"date": "2026-11-01", "grader": "g", "detector": "l", "auroc": {}}\n')
    (first,) = read_log(path)
    assert first.network_of(DICE) == "l"
    assert metric_history(DICE, [first]) == {}


def test_an_evaluation_of_level_names_alone_is_a_line_of_its_own_log(tmp_path: Path) -> None:
    path = tmp_path / "levels.jsonl"
    counts = {"wrong": 6, "wrong flagged": 0, "right": 213, "right flagged": 3}
    for _ in range(2):
        log_level_evaluation(ModelId("detector", "1", "d"), ModelId("level-counter", "1", "c"), counts, path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 2, "no entry is removed"
    assert (lines[0]["detector"], lines[0]["level_counter"], lines[0]["counts"]) == ("d", "c", counts)
