"""Stored figures of the released index: how often neighbours share a grade, against the same level in random order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spine_core.assets import ASSETS
from spine_core.evaluation.retrieval_metrics import RetrievalMetrics
from spine_core.networks.conditions import BY_NAME

FIGURES = ASSETS / "retrieval" / "evaluation.json"
TEST_LOG = ASSETS / "retrieval" / "test-log.jsonl"
"""One line for every evaluation of the test patients."""

EMBEDDING = "embedding"
RANKINGS: Mapping[str, str] = {
    EMBEDDING: "similar discs",
    "imagenet": "ImageNet features",
    "pixels": "raw pixels",
    "same level": "same level",
    "random": "random",
}
"""Ways of ranking, in the order of the tables."""
WEIGHTINGS: Mapping[str, str] = {"t2+t1": "T2 and T1", "t2": "T2", "t1": "T1"}


def read_figures(network: str, path: Path = FIGURES) -> dict[str, Any]:
    """The stored figures by fold, "selection" and "test"; empty where they are of another network."""
    stored: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return stored if stored.get("network") == network else {}


def metrics_of(figures: Mapping[str, Any], condition: str, weightings: str) -> RetrievalMetrics | None:
    """The figures of the index for a condition and weightings on the test patients; None where there are none."""
    for row in figures.get("test", {}).get("rows", []):
        if (row["condition"], row["weightings"], row["ranking"]) == (condition, weightings, EMBEDDING):
            return RetrievalMetrics(**row)
    return None


def verdict(row: RetrievalMetrics | None) -> str:
    """One sentence: whether the five neighbours share the grade more often than discs of the same level do."""
    if row is None or row.gain is None:
        return "How often similar discs share this grade was not measured on test patients."
    label = BY_NAME[row.condition].label
    mean, low, high = (100 * value for value in row.gain)
    tested = f"{row.queries} discs of {row.patients} test patients"
    share = f"{100 * row.p5[0]:.0f} % share it, {100 * row.balanced[0]:.0f} % as the mean over grades"
    figures = f"{share}; {mean:+.0f} points, 95 % interval {low:+.0f} to {high:+.0f}; {tested}"
    if row.beats_level:
        return f"{label}: the five nearest share the grade more often than other discs of the level do ({figures})."
    return (
        f"{label}: the five nearest are not shown to share the grade more often than any discs of the same level do "
        f"({figures}). Do not take their grades for evidence."
    )
