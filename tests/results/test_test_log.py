"""The log of looks at the test patients."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spine_core.results.acceptance_criteria import GOALS
from spine_core.results.test_log import MENDED, PUBLISHED, areas, every, history, log, log_levels
from spine_core.weights import ModelId

DICE, FOUND, ERROR = (
    next(goal for goal in GOALS if goal.key == key)
    for key in ("dice disc", "found spider t2", "error bulging 1")
)


def look(
    path: Path, grader: str, auroc: float, outliner: str = "o", dice: float = 0.8, labels: str = PUBLISHED
) -> None:
    bundle: Any = SimpleNamespace(
        grader=SimpleNamespace(id=SimpleNamespace(sha256=grader)),
        detector=SimpleNamespace(id=SimpleNamespace(sha256="l")),
        segmenter=SimpleNamespace(id=SimpleNamespace(sha256=outliner)),
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
        "graded": [row],
        "located": [{"source": "spider", "sequence": "t2", "found": 0.95}],
        "outlined": [{"structure": "disc", "dice": dice}],
        "pooled": [],
        "calibrated": [{"condition": "bulging", "at_least": "1", "error": 1 - auroc, "coverage": None}],
    }
    log(bundle, figures, path, labels)


def test_each_grader_is_told_once_by_its_last_look_in_the_order_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    assert every(path) == []
    for grader, auroc in (("one", 0.9), ("two", 0.91), ("one", 0.92001)):
        look(path, grader, auroc)
    assert len(path.read_text().splitlines()) == 3, "no look is taken back"
    assert list(areas("spider t2 pfirrmann>=3", every(path)).items()) == [("one", 0.92), ("two", 0.91)]
    assert areas("spider t2 modic>=1", every(path)) == {}


def test_a_goal_is_told_of_the_network_that_answers_for_it(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    look(path, "one", 0.9, "old", 0.76)
    look(path, "two", 0.8, "old", 0.77)
    look(path, "two", 0.8, "new", 0.88004)
    looks = every(path)
    assert history(DICE, looks) == {"old": 0.77, "new": 0.88}
    assert history(FOUND, looks) == {"l": 0.95}
    assert history(ERROR, looks) == {"one": 0.1, "two": 0.2}


def test_on_mended_labels_a_network_is_told_again_where_they_changed_what_it_reached(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    look(path, "one", 0.9)
    look(path, "one", 0.8, labels=MENDED)
    looks = every(path)
    assert areas("spider t2 pfirrmann>=3", looks) == {"one": 0.9, "one (T1 mended)": 0.8}
    assert history(DICE, looks) == {"o": 0.8}
    assert history(ERROR, looks) == {"one": 0.1, "one (T1 mended)": 0.2}


def test_looks_from_before_outliners_and_goals_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"date": "2026-11-01", "grader": "g", "localiser": "l", "auroc": {}}\n')
    (first,) = every(path)
    assert first.network_of(DICE) == "l"
    assert history(DICE, [first]) == {}


def test_a_look_at_level_names_alone_is_a_line_of_its_own_log(tmp_path: Path) -> None:
    path = tmp_path / "levels.jsonl"
    counts = {"wrong": 6, "wrong flagged": 0, "right": 213, "right flagged": 3}
    for _ in range(2):
        log_levels(ModelId("detector", "1", "d"), ModelId("level-counter", "1", "c"), counts, path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 2, "no look is taken back"
    assert (lines[0]["detector"], lines[0]["level_counter"], lines[0]["counts"]) == ("d", "c", counts)
