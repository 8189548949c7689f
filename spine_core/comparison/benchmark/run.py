"""Benchmark of explanations with known truth: pairs of phantoms that differ in one lesion only.

Each pair is one phantom with the lesion and without it. A map of the lesion's grade should mark the changed region, and
should not mark it without the lesion. Methods and controls are ranked with intervals over the pairs. Results on
phantoms do not show how well a network grades patients.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from spine_core import DISCLAIMER, __version__
from spine_core.comparison.benchmark.phantom_pairs import CHANGED, FIRST_SEED, Pair, pairs
from spine_core.comparison.benchmark.ranking import DRAWS, Score, lines, rank_methods
from spine_core.comparison.metrics.grid import to_grid
from spine_core.explanation.base import Explanation
from spine_core.explanation.registry import CONTROLS, EXPLAINERS, REGISTRY, explain
from spine_core.networks.backend import backend_of
from spine_core.networks.network import Network

GRID = 24
"""Blocks per side on which maps and changed regions are compared, for coarse and fine methods alike."""

SETTINGS: Mapping[str, Mapping[str, float | int | str]] = {
    "partition_shap": {"max_evals": 200},
    "kernel_shap": {"samples": 400},
    "integrated_gradients": {"gradients": 32},
    "gradient_shap": {"samples": 32},
}
"""Smaller budgets for the most expensive methods, so that hundreds of pairs can be run; others have their defaults."""

TABLE = tuple(Score.__dataclass_fields__)

Scores = dict[tuple[int, str], Score]
"""By the pair's seed and the method."""


@dataclass(frozen=True)
class Plan:
    """Configuration of a run. An interrupted run resumes only with an equal plan."""

    model: Mapping[str, str]
    backend: str
    methods: tuple[str, ...]
    settings: Mapping[str, Any]


def plan(network: Network, methods: Sequence[str]) -> Plan:
    """The plan for ``methods`` (all, where empty) and all controls.

    Raises ``ValueError`` for an unknown method.
    """
    names = [*(methods or [method.name for method in EXPLAINERS]), *(method.name for method in CONTROLS)]
    unknown = [name for name in names if name not in REGISTRY]
    if unknown:
        msg = f"unknown method {', '.join(unknown)}; known: {', '.join(REGISTRY)}"
        raise ValueError(msg)
    names = list(dict.fromkeys(names))
    settings = {
        "changed": CHANGED,
        "grid": GRID,
        "draws": DRAWS,
        "first_seed": FIRST_SEED,
        "methods": {name: REGISTRY[name].defaults() | dict(SETTINGS.get(name, {})) for name in names},
    }
    return Plan(asdict(network.id), backend_of(network), tuple(names), settings)


def run(
    network: Network,
    count: int,
    methods: Sequence[str],
    out: Path,
    log: Callable[[str], None],
) -> Path:
    """Runs the benchmark of one network on ``count`` pairs; returns the path of the report.

    Writes ``NETWORK.csv`` into folder ``out``, every score, after each pair, so that an interrupted run resumes; and
    ``NETWORK.json``, the ranking with all settings. Methods that a run in ``out`` lacks are added to its pairs. ``log``
    gets the progress and the table, line by line. Raises ``ValueError`` for an unknown method, where no pair is graded
    correctly, or where ``out`` holds a run of another plan.
    """
    run_plan = plan(network, methods)
    out.mkdir(parents=True, exist_ok=True)
    report, table = (out / f"{network.id.name}.{kind}" for kind in ("json", "csv"))
    found = _resume(report, table, run_plan)
    whole = {one.seed for one in _complete(found, run_plan.methods)}
    for number, pair in enumerate(pairs(network, count, known=whole), start=len(whole) + 1):
        missing = [name for name in run_plan.methods if (pair.seed, name) not in found]
        found |= {(pair.seed, one.method): one for one in scores(network, pair, run_plan, missing)}
        _store(table, sorted(found.values(), key=lambda one: one.seed))
        log(f"pair {number} of {count}: {pair.lesion} at {pair.level}")
    ranked = _complete(found, run_plan.methods)
    if not ranked:
        msg = "the network grades no pair of phantoms correctly, so nothing can be tested"
        raise ValueError(msg)
    _write_ranking(report, run_plan, ranked, log)
    return report


def _complete(found: Scores, methods: Sequence[str]) -> list[Score]:
    """The scores of those pairs that all ``methods`` have explained, pair by pair."""
    seeds = dict.fromkeys(seed for seed, _ in found)
    whole = [seed for seed in seeds if all((seed, name) in found for name in methods)]
    return [found[seed, name] for seed in whole for name in methods]


def _write_ranking(report: Path, run_plan: Plan, found: Sequence[Score], log: Callable[[str], None]) -> None:
    ranked = rank_methods(found)
    lesions = {
        lesion: [asdict(one) for one in rank_methods([score for score in found if score.lesion == lesion])]
        for lesion in dict.fromkeys(one.lesion for one in found)
    }
    write_report(report, run_plan, {"ranking": [asdict(one) for one in ranked], "lesions": lesions})
    for line in lines(ranked):
        log(line)


def scores(network: Network, pair: Pair, run_plan: Plan, methods: Sequence[str] = ()) -> list[Score]:
    """Scores of ``methods`` (all, where empty) on ``pair``, whose seed makes random controls differ between pairs."""
    out = []
    for method in methods or run_plan.methods:
        settings = run_plan.settings["methods"][method]
        with_lesion, healthy = (
            explain(method, network, image, pair.target, pair.seed, settings)
            for image in (pair.lesion_image, pair.healthy_image)
        )
        out.append(_score(pair, with_lesion, healthy))
    return out


def _score(pair: Pair, with_lesion: Explanation, healthy: Explanation) -> Score:
    from sklearn.metrics import roc_auc_score

    side = min(GRID, pair.changed.shape[0])
    truth = to_grid(pair.changed.astype(float), (side, side)) >= 0.5
    if not truth.any():
        truth = to_grid(pair.changed.astype(float), (side, side)) > 0
    before, after = (to_grid(np.maximum(one.attribution, 0), (side, side)) for one in (with_lesion, healthy))
    relevance_before, relevance_after = float(before[truth].mean()), float(after[truth].mean())
    return Score(
        method=with_lesion.method,
        lesion=pair.lesion,
        level=pair.level,
        seed=pair.seed,
        auroc=round(float(roc_auc_score(truth.ravel(), before.ravel())), 4),
        pointing_game=bool(truth.ravel()[int(before.argmax())]) and bool(before.any()),
        relevance_drop=round(max(-1.0, (relevance_before - relevance_after) / relevance_before), 4)
        if relevance_before > 0
        else 0.0,
    )


def _resume(report: Path, table: Path, run_plan: Plan) -> Scores:
    """Scores of an earlier run of the same plan, or of one with some of its methods."""
    found: Scores = {}
    if table.is_file():
        if not _continues(json.loads(report.read_text()), run_plan):
            msg = f"{report.parent} holds a run with another network, backend, methods or settings; choose another"
            raise ValueError(msg)
        with table.open(newline="") as file:
            found = {(one.seed, one.method): one for one in map(_read, csv.DictReader(file))}
    # The plan is written first, so that an interruption leaves no scores of an unknown plan.
    write_report(report, run_plan, {})
    return found


def _continues(before: Mapping[str, Any], run_plan: Plan) -> bool:
    """Whether the stored report ``before`` is of the same plan, or of the same one with fewer methods."""
    methods = before.get("methods") or [""]
    if not set(methods) <= set(run_plan.methods):
        return False
    own = {name: run_plan.settings["methods"][name] for name in methods}
    known = replace(run_plan, methods=tuple(methods), settings={**run_plan.settings, "methods": own})
    # Converted to JSON and back, as the stored plan was.
    expected: Mapping[str, Any] = json.loads(json.dumps(asdict(known)))
    return expected == {key: before.get(key) for key in expected}


def _read(row: Mapping[str, str]) -> Score:
    return Score(
        method=row["method"],
        lesion=row["lesion"],
        level=row["level"],
        seed=int(row["seed"]),
        auroc=float(row["auroc"]),
        pointing_game=row["pointing_game"] == "True",
        relevance_drop=float(row["relevance_drop"]),
    )


def _store(table: Path, found: Sequence[Score]) -> None:
    """Writes atomically, so that an interruption does not lose earlier pairs."""
    temporary = table.with_suffix(".tmp")
    with temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, TABLE, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(one) for one in found)
    temporary.replace(table)


def write_report(
    path: Path, run_plan: Plan, results: Mapping[str, Any], *, synthetic: bool = True, options: str = ""
) -> None:
    """Writes results with everything that is needed to reproduce them. ``options``: of the command line."""
    everything = {
        "disclaimer": DISCLAIMER,
        "spinelens": __version__,
        "synthetic": synthetic,
        "command": f"spinelens benchmark {options}".rstrip(),
        **asdict(run_plan),
        **results,
    }
    path.write_text(json.dumps(everything, indent=1) + "\n")
