"""The log of looks at the test patients."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spine_core.training.looks import by_grader, log


def look(path: Path, grader: str, auroc: float) -> None:
    bundle: Any = SimpleNamespace(
        grader=SimpleNamespace(id=SimpleNamespace(sha256=grader)),
        localiser=SimpleNamespace(id=SimpleNamespace(sha256="l")),
        outliner=SimpleNamespace(id=SimpleNamespace(sha256="o")),
    )
    row = {"source": "spider", "sequence": "t2", "condition": "pfirrmann", "at_least": "3", "auroc": auroc}
    log(bundle, [row], path)


def test_each_grader_is_told_once_by_its_last_look_in_the_order_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    assert by_grader(path) == []
    for grader, auroc in (("one", 0.9), ("two", 0.91), ("one", 0.92001)):
        look(path, grader, auroc)
    assert len(path.read_text().splitlines()) == 3, "no look is taken back"
    assert [(one.grader, one.auroc) for one in by_grader(path)] == [
        ("one", {"spider t2 pfirrmann>=3": 0.92}),
        ("two", {"spider t2 pfirrmann>=3": 0.91}),
    ]
