"""Stored results of the benchmark of explanation methods, as released with the product."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from spine_core.assets import ASSETS
from spine_core.comparison.benchmark.ranking import CONTROL_NAMES, MethodRank
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import ModelId

STORED = ASSETS / "benchmark"


@dataclass(frozen=True, eq=False)
class Record:
    """One run of ``benchmark``. ``lesions``: the ranking over the pairs of each lesion alone.

    ``table``: the file of all scores. ``localisation``: results on segmented slices of patients
    (``training.evaluation.localisation_eval``), None where they were not measured.
    """

    model: ModelId
    backend: str
    settings: Mapping[str, Any]
    ranking: tuple[MethodRank, ...]
    lesions: Mapping[str, tuple[MethodRank, ...]]
    table: Path
    localisation: Sequence[Mapping[str, Any]] | None


@lru_cache(maxsize=4)
def records(folder: Path = STORED) -> Mapping[str, Record]:
    """The completed runs in ``folder``, by the network's name."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        stored = json.loads(path.read_text())
        if "ranking" not in stored:
            continue
        second = path.with_suffix(".real-data.json")
        real_data = json.loads(second.read_text()) if second.is_file() else {}
        found[stored["model"]["name"]] = Record(
            ModelId(**stored["model"]),
            stored["backend"],
            stored["settings"],
            _ranking(stored["ranking"]),
            {name: _ranking(rows) for name, rows in stored["lesions"].items()},
            path.with_suffix(".csv"),
            # Results of another version of the network do not apply.
            real_data["localisation"] if real_data.get("model") == stored["model"] else None,
        )
    return found


def _ranking(rows: Sequence[Mapping[str, Any]]) -> tuple[MethodRank, ...]:
    # JSON has no tuples.
    return tuple(
        MethodRank(
            row["method"],
            row["pairs"],
            _span(row["auroc"]),
            _span(row["pointing_game"]),
            _span(row["relevance_drop"]),
            (row["rank"][0], row["rank"][1], row["rank"][2]),
            _span(row["gain"]),
        )
        for row in rows
    )


def _span(values: Sequence[float]) -> tuple[float, float, float]:
    mean, low, high = values
    return mean, low, high


def best_control(ranked: Sequence[MethodRank]) -> MethodRank:
    """The best of the controls; ``ranked`` runs from the best to the worst."""
    return next(one for one in ranked if one.method in CONTROL_NAMES)


def beats_controls(one: MethodRank) -> bool:
    """Whether a method's AUROC exceeds the best control's in at least 97.5 % of the bootstrap resamples."""
    return one.gain is not None and one.gain[1] > 0


def summary(ranked: Sequence[MethodRank]) -> str:
    """The ranking in one or two sentences."""
    methods = [one for one in ranked if one.method not in CONTROL_NAMES]
    better = [one for one in methods if beats_controls(one)]
    control = best_control(ranked)
    text = (
        f"On {ranked[0].pairs} pairs, {len(better)} of {len(methods)} methods find the changed region better than the "
        f"best control ({REGISTRY[control.method].label}, {control.auroc[0]:.2f})"
    )
    if better:
        text += f"; best is {REGISTRY[better[0].method].label} with {better[0].auroc[0]:.2f}"
    worse = [REGISTRY[one.method].label for one in methods if one not in better]
    return f"{text}." + (f" No better than this control: {', '.join(worse)}." if worse else "")


def benchmark_warning(model: ModelId, method: str, folder: Path = STORED) -> str | None:
    """The warning about all maps of this method by this network, whatever the tests on one image show.

    None where the method beats the controls, or where this version of the network was not benchmarked.
    """
    record = records(folder).get(model.name)
    if record is None or record.model != model:
        return None
    for one in record.ranking:
        if one.method == method and method not in CONTROL_NAMES and not beats_controls(one):
            return f"on {one.pairs} pairs of phantoms with a known lesion, it found the lesion no better than a control"
    return None
