"""Stored figures of the generators of disc images, and what these allow."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spine_core.evaluation.bootstrap import Estimate
from spine_core.networks.registry import WEIGHTS
from spine_core.synthesis.types import Use

RESULTS = WEIGHTS / "generator-evaluation.json"
TEST_LOG = WEIGHTS / "test-log-generator.jsonl"
"""The log of every entry of a generator to the test patients."""


@dataclass(frozen=True)
class Utility:
    """What a judge learned, as mean AUROC over the grades.

    ``synthetic``: trained on generated images and tested on real ones; ``real``: on as many real ones; ``both``: on
    both together; ``prior``: how frequent each grade is at the level, without an image. ``gain``: ``synthetic`` minus
    ``prior``; ``loss``: ``synthetic`` minus ``real``, over the same resamples. ``by_grade``: AUROC by condition and
    grade, then by arm. ``epochs``: 0 where the judge has none.
    """

    judge: str
    epochs: int
    images: int
    synthetic: Estimate
    real: Estimate
    both: Estimate
    prior: Estimate
    gain: Estimate
    loss: Estimate
    by_grade: Mapping[str, Mapping[str, Mapping[str, float]]]


def use_of(utilities: Sequence[Mapping[str, Any]]) -> Use:
    """What the stored utilities allow: decided by their intervals, never by hand.

    The generator is better than a toy only if every judge that was trained on its images beats the prior. A judge that
    does not beat it with real images either, because they are too few for it, says nothing.
    """
    able = [one for one in utilities if one["real"]["low"] > one["prior"]["value"]]
    if not able:
        return Use.UNKNOWN
    if not all(one["gain"]["low"] > 0 for one in able):
        return Use.TOY
    return Use.EQUAL if all(one["loss"]["high"] >= 0 for one in able) else Use.WEAK


def stored_results(path: Path = RESULTS) -> dict[str, Any]:
    """The figures by generator ("flow", "gan") and fold ("test", "selection"); empty where nothing is stored."""
    found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return found


def store_results(arm: str, fold: str, figures: Mapping[str, Any], path: Path = RESULTS) -> None:
    """Replaces the figures of one generator and fold."""
    every = stored_results(path)
    every.setdefault(arm, {})[fold] = dict(figures)
    path.write_text(json.dumps(every, indent=1) + "\n")


def released_use(path: Path = RESULTS) -> Use:
    """What the released generator may be used for, by its test patients; unknown without stored figures."""
    return use_of(stored_results(path).get("flow", {}).get("test", {}).get("utility", []))


def log_test(generator: str, kid: Mapping[str, float], path: Path = TEST_LOG) -> None:
    """Appends an evaluation of the test patients. ``generator``: hash of its weights. ``kid``: by set of features."""
    entry = {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "generator": generator,
        "kid": dict(kid),
    }
    with path.open("a") as handle:
        handle.write(json.dumps(entry) + "\n")


def as_json(value: Any) -> Any:
    """A dataclass as JSON values with four digits."""
    return _rounded(asdict(value))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 5) if value == value else None  # nan is no JSON
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
