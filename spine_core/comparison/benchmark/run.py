"""Explanations against a known truth: pairs of phantoms that differ in one lesion only.

Each pair is one person, with the lesion and without. A map of the lesion's grade ought to lie on what changed in the
picture, and to leave that place when the lesion goes. Methods are ranked, controls among them, with intervals over
the pairs. Figures on phantoms say nothing of how well a network grades patients.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
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
from spine_core.networks.grading_network import Network

GRID = 24
"""Blocks per side on which maps and changes are compared, the same for coarse and fine methods."""

SETTINGS: Mapping[str, Mapping[str, float | int | str]] = {
    "partition_shap": {"max_evals": 200},
    "kernel_shap": {"samples": 400},
    "integrated_gradients": {"gradients": 32},
    "gradient_shap": {"samples": 32},
}
"""Smaller budgets for the most expensive methods, so that hundreds of pairs can be run; others take their defaults."""

TABLE = tuple(Score.__dataclass_fields__)


@dataclass(frozen=True)
class Plan:
    """What a run consists of; an interrupted run resumes only with the same."""

    model: Mapping[str, str]
    backend: str
    methods: tuple[str, ...]
    settings: Mapping[str, Any]


def plan(network: Network, methods: Sequence[str]) -> Plan:
    """The plan for ``methods`` (all, where none is named) and the controls, which are always there.

    Raises ``ValueError`` for an unknown method.
    """
    asked = [*(methods or [method.name for method in EXPLAINERS]), *(method.name for method in CONTROLS)]
    unknown = [name for name in asked if name not in REGISTRY]
    if unknown:
        msg = f"unknown method {', '.join(unknown)}; known: {', '.join(REGISTRY)}"
        raise ValueError(msg)
    asked = list(dict.fromkeys(asked))
    settings = {
        "changed": CHANGED,
        "grid": GRID,
        "draws": DRAWS,
        "first_seed": FIRST_SEED,
        "methods": {name: REGISTRY[name].defaults() | dict(SETTINGS.get(name, {})) for name in asked},
    }
    return Plan(asdict(network.id), backend_of(network), tuple(asked), settings)


def run(
    network: Network,
    count: int,
    methods: Sequence[str],
    out: Path,
    log: Callable[[str], None],
) -> Path:
    """The whole benchmark of one network; tells the table line by line and returns the path of the report.

    Folder ``out`` gets ``NETWORK.csv``, every score, written pair by pair, so that a run that was broken off goes on
    where it was; and ``NETWORK.json``, the ranking with all settings. Raises ``ValueError`` for an unknown method,
    where no pair is graded correctly, or where ``out`` holds a run of another plan.
    """
    wanted = plan(network, methods)
    out.mkdir(parents=True, exist_ok=True)
    report, table = (out / f"{network.id.name}.{kind}" for kind in ("json", "csv"))
    found = _begun(report, table, wanted)
    done = len(found) // len(wanted.methods)
    first = found[-1].seed + 1 if found else FIRST_SEED
    for number, pair in enumerate(pairs(network, count - done, first=first), start=done + 1):
        found += scores(network, pair, wanted)
        _keep(table, found)
        log(f"pair {number} of {count}: {pair.lesion} at {pair.level}")
    if not found:
        msg = "the network grades no pair of phantoms correctly, so nothing can be tested"
        raise ValueError(msg)
    ranked = rank_methods(found)
    lesions = {
        lesion: [asdict(one) for one in rank_methods([score for score in found if score.lesion == lesion])]
        for lesion in dict.fromkeys(one.lesion for one in found)
    }
    write_report(report, wanted, {"ranking": [asdict(one) for one in ranked], "lesions": lesions})
    for line in lines(ranked):
        log(line)
    return report


def scores(network: Network, pair: Pair, wanted: Plan) -> list[Score]:
    """Every method on both sides of ``pair`` with the pair's own seed, so that each pair has other random controls."""
    out = []
    for method in wanted.methods:
        settings = wanted.settings["methods"][method]
        ill, well = (
            explain(method, network, image, pair.target, pair.seed, settings)
            for image in (pair.lesion_image, pair.healthy_image)
        )
        out.append(_score(pair, ill, well))
    return out


def _score(pair: Pair, ill: Explanation, well: Explanation) -> Score:
    from sklearn.metrics import roc_auc_score

    side = min(GRID, pair.changed.shape[0])
    truth = to_grid(pair.changed.astype(float), (side, side)) >= 0.5
    if not truth.any():
        truth = to_grid(pair.changed.astype(float), (side, side)) > 0
    before, after = (to_grid(np.maximum(one.attribution, 0), (side, side)) for one in (ill, well))
    there, gone = float(before[truth].mean()), float(after[truth].mean())
    return Score(
        method=ill.method,
        lesion=pair.lesion,
        level=pair.level,
        seed=pair.seed,
        auroc=round(float(roc_auc_score(truth.ravel(), before.ravel())), 4),
        pointing_game=bool(truth.ravel()[int(before.argmax())]) and bool(before.any()),
        relevance_drop=round(max(-1.0, (there - gone) / there), 4) if there > 0 else 0.0,
    )


def _begun(report: Path, table: Path, wanted: Plan) -> list[Score]:
    """Scores of the whole pairs of an earlier run of the same plan."""
    if not table.is_file():
        write_report(report, wanted, {})
        return []
    before = json.loads(report.read_text())
    # By way of JSON, as the one before came.
    if json.loads(json.dumps(asdict(wanted))) != {key: before.get(key) for key in asdict(wanted)}:
        msg = f"{report.parent} holds a run with another network, backend, methods or settings; choose another folder"
        raise ValueError(msg)
    with table.open(newline="") as file:
        found = [_read(row) for row in csv.DictReader(file)]
    return found[: len(found) - len(found) % len(wanted.methods)]


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


def _keep(table: Path, found: Sequence[Score]) -> None:
    """A kill in the middle of writing must not cost the pairs before."""
    half = table.with_suffix(".tmp")
    with half.open("w", newline="") as file:
        writer = csv.DictWriter(file, TABLE, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(one) for one in found)
    half.replace(table)


def write_report(
    path: Path, wanted: Plan, results: Mapping[str, Any], *, synthetic: bool = True, options: str = ""
) -> None:
    """What was found, with all that is needed to repeat it. ``options``: of the command that made it."""
    everything = {
        "disclaimer": DISCLAIMER,
        "spinelens": __version__,
        "synthetic": synthetic,
        "command": f"spinelens benchmark {options}".rstrip(),
        **asdict(wanted),
        **results,
    }
    path.write_text(json.dumps(everything, indent=1) + "\n")
