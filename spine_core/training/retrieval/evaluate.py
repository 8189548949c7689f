"""``evaluate-retrieval``: figures of similar discs, stored with the index and in the log of test evaluations."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from spine_core.evaluation.retrieval_metrics import RetrievalMetrics, patient_mean
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD
from spine_core.networks.registry import load_bundle
from spine_core.results.retrieval import EMBEDDING, FIGURES, TEST_LOG
from spine_core.retrieval.embedding import unit
from spine_core.retrieval.index import CLOSE, DiscIndex, distance_percentile
from spine_core.retrieval.index_file import INDEX, load_index
from spine_core.training.commands import TrainingRun, report
from spine_core.training.model_card.stored_results import rewrite_model_card, rounded
from spine_core.training.retrieval.build import discs_of_run, indexed, projected
from spine_core.training.retrieval.embedded_discs import EmbeddedDiscs
from spine_core.training.retrieval.rankings import Array, Pair, Task, evaluate_rankings, tasks


def evaluate_retrieval(run: TrainingRun, *, test: bool) -> None:
    """Evaluates similar discs and stores the figures.

    ``test``: discs of fold 0 are compared with those of the released index, folds 1 to 4, and the access is logged;
    else those of fold 1 with those of folds 2 to 4. Queries lie where the product's detector places the discs.
    """
    network = load_bundle(device=run.device).grader
    index, discs = load_index(network.id.sha256), discs_of_run(run)
    assert index.basis is not None
    fold = TEST_FOLD if test else CALIBRATION_FOLD
    queries = discs.where((discs.fold == fold) & discs.detected)
    compared = discs.where(indexed(discs) & (discs.fold != fold))
    features: dict[str, Pair] = {
        EMBEDDING: (projected(network, index.basis, queries), projected(network, index.basis, compared)),
        **{name: (_plain(name, queries), _plain(name, compared)) for name in ("imagenet", "pixels")},
    }
    rows = evaluate_rankings(queries, compared, features)
    figures: dict[str, Any] = {
        "fold": fold,
        "rows": [asdict(row) for row in rows],
        "far": [_far(index, task, features[EMBEDDING]) for task in tasks(queries, compared)],
    }
    _store(network.id.sha256, rounded(figures), test=test)
    for row in rows:
        report(_words(row))
    for far in figures["far"]:
        report(str(far))


def _plain(name: str, discs: EmbeddedDiscs) -> Array:
    """The stored features of that name, of length 1."""
    return unit(getattr(discs, name).astype(np.float32))


def _far(index: DiscIndex, task: Task, features: Pair) -> dict[str, Any]:
    """Fraction of queries for which no disc of the index is close; 5 % is expected of discs like those of the index."""
    known = index.nearest_distances(task.weightings, task.condition.name)
    assert known is not None
    nearest = 1 - task.cosine(features).max(axis=1)
    far = np.array([distance_percentile(known, float(one)) > CLOSE for one in nearest], dtype=float)
    share = patient_mean(far, task.weights)
    return {
        "condition": task.condition.name,
        "weightings": task.weightings,
        "queries": len(far),
        "share": share,
    }


def _store(network: str, figures: dict[str, Any], *, test: bool) -> None:
    stored = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    if stored.get("network") != network:
        stored = {"network": network}
    stored["test" if test else "selection"] = figures
    FIGURES.write_text(json.dumps(stored, indent=1) + "\n")
    if test:
        _log(network, figures)
    rewrite_model_card()


def _log(network: str, figures: dict[str, Any]) -> None:
    """Appends one line: the date, what was evaluated, and P@5 of the index by condition and weightings."""
    found = {
        f"{row['condition']} {row['weightings']}": row["p5"][0]
        for row in figures["rows"]
        if row["ranking"] == EMBEDDING
    }
    entry = {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "grader": network,
        "index": json.loads(INDEX.with_suffix(".json").read_text())["sha256"],
        "p5": found,
    }
    with TEST_LOG.open("a") as handle:
        handle.write(json.dumps(entry) + "\n")


def _words(row: RetrievalMetrics) -> str:
    def estimate(values: Sequence[float]) -> str:
        return "{:.3f} ({:.3f}-{:.3f})".format(*values)

    gain = "" if row.gain is None else f", P@5 over same level {estimate(row.gain)}"
    return (
        f"{row.condition} {row.weightings} {row.ranking}: {row.queries} discs, {row.patients} patients, "
        f"P@1 {estimate(row.p1)}, P@5 {estimate(row.p5)}, over grades {estimate(row.balanced)}, "
        f"mAP {estimate(row.ap)}, nDCG@10 {estimate(row.ndcg)}{gain}"
    )
