"""The log of every entry to the test patients, one line each, stored next to the weights."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spine_core.networks.registry import WEIGHTS, Bundle
from spine_core.results.acceptance_criteria import Criterion, check_criteria
from spine_core.weights import ModelId

LOG = WEIGHTS / "test-log.jsonl"
LEVEL_LOG = WEIGHTS / "test-log-levels.jsonl"
"""Evaluations of the level names alone, without a grader."""

MEASUREMENT_LOG = WEIGHTS / "test-log-measurements.jsonl"
"""Evaluations of the measurement model, which has its own command."""

NETWORK_OF_METRIC = {"dice": "segmenter", "found": "detector"}
"""The network that a criterion's metric measures, if it is not the grader."""
ORIGINAL, CORRECTED = "original", "T1 corrected"
"""Labels that networks were evaluated on."""


@dataclass(frozen=True)
class LogEntry:
    """One evaluation of the test patients.

    ``grader``, ``detector``, ``segmenter``: hashes of the networks; in the first entries the detector also segmented
    and there is no segmenter. ``auroc``: by ``task_key``. ``criteria``: all other metrics, by the criterion's ``key``;
    empty in the first entries. ``labels``: ``ORIGINAL``, or ``CORRECTED`` for Sudirman's corrected T1 boxes.
    """

    date: str
    grader: str
    detector: str
    auroc: Mapping[str, float]
    segmenter: str | None = None
    criteria: Mapping[str, float] = field(default_factory=dict)
    labels: str = ORIGINAL

    def network_label(self, network: str) -> str:
        """The start of a network's hash, with the labels if they are not the original ones."""
        return network[:8] if self.labels == ORIGINAL else f"{network[:8]} ({self.labels})"

    def network_of(self, criterion: Criterion) -> str:
        """Hash of the network that a criterion's metric measures."""
        return str(getattr(self, NETWORK_OF_METRIC.get(criterion.metric, "grader")) or self.detector)


@dataclass(frozen=True)
class LevelLogEntry:
    """One evaluation of the level names alone. ``detector``, ``level_counter``: hashes of the networks. ``counts``:
    numbers of images by whether the names were right and whether they were flagged.
    """

    date: str
    detector: str
    level_counter: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class MeasurementLogEntry:
    """One evaluation of the measurement model. ``model``, ``detector``, ``segmenter``: hashes. ``auroc``: as above."""

    date: str
    model: str
    detector: str
    segmenter: str
    auroc: Mapping[str, float]


def task_key(row: Mapping[str, Any]) -> str:
    """The name in the log of a stored ``GradingMetrics``."""
    return f"{row['source']} {row['sequence']} {row['condition']}>={row['at_least']}"


def log_evaluation(
    bundle: Bundle, figures: Mapping[str, Any], path: Path = LOG, labels: str = CORRECTED
) -> None:
    """Appends today's evaluation of ``bundle``. ``figures``: of the test patients, as stored."""
    auroc = {task_key(row): round(row["auroc"], 4) for row in figures["grading"]}
    ids = [network.id.sha256 for network in (bundle.grader, bundle.detector, bundle.segmenter)]
    _append(LogEntry(_today(), ids[0], ids[1], auroc, ids[2], metrics_except_auroc(figures), labels), path)


def log_level_evaluation(
    detector: ModelId, counter: ModelId, counts: Mapping[str, int], path: Path = LEVEL_LOG
) -> None:
    """Appends today's evaluation of the level names. ``counts``: as in ``LevelLogEntry``."""
    _append(LevelLogEntry(_today(), detector.sha256, counter.sha256, counts), path)


def log_measurement_evaluation(
    bundle: Bundle, model: str, auroc: Mapping[str, float], path: Path = MEASUREMENT_LOG
) -> None:
    """Appends today's evaluation of the measurement model. ``model``: its hash. ``auroc``: by ``task_key``."""
    ids = (bundle.detector.id.sha256, bundle.segmenter.id.sha256)
    _append(MeasurementLogEntry(_today(), model, *ids, auroc), path)


def _today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def _append(entry: LogEntry | LevelLogEntry | MeasurementLogEntry, path: Path) -> None:
    with path.open("a") as handle:
        handle.write(json.dumps(asdict(entry)) + "\n")


def metrics_except_auroc(figures: Mapping[str, Any]) -> dict[str, float]:
    """The measured value of every criterion whose metric is not AUROC, by the criterion's ``key``."""
    return {
        one.criterion.key: round(one.row[one.criterion.metric], 4)
        for one in check_criteria(figures)
        if one.criterion.metric != "auroc"
        and one.row is not None
        and one.row[one.criterion.metric] is not None
    }


def read_log(path: Path = LOG) -> list[LogEntry]:
    """All entries, oldest first."""
    return [LogEntry(**json.loads(line)) for line in path.read_text().splitlines()] if path.is_file() else []


def metric_history(criterion: Criterion, entries: Sequence[LogEntry]) -> dict[str, float]:
    """Last measured value of a criterion's metric for each network, oldest network first."""
    return _by_network(
        (entry, entry.network_of(criterion), entry.criteria[criterion.key])
        for entry in entries
        if criterion.key in entry.criteria
    )


def auroc_history(task: str, entries: Sequence[LogEntry]) -> dict[str, float]:
    """Last measured AUROC of a task for each network, oldest network first. ``task``: its ``task_key``."""
    return _by_network((entry, entry.grader, entry.auroc[task]) for entry in entries if task in entry.auroc)


def _by_network(values: Iterable[tuple[LogEntry, str, float]]) -> dict[str, float]:
    """Values by ``network_label``; those on corrected labels only if they differ from those on the original ones."""
    out: dict[str, float] = {}
    for entry, network, value in values:
        if entry.labels == ORIGINAL or out.get(network[:8]) != value:
            out[entry.network_label(network)] = value
    return out
