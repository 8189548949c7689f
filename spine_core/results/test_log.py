"""Every look at the test patients, one line each, kept beside the weights."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spine_core.networks.registry import WEIGHTS, Bundle
from spine_core.results.acceptance_criteria import Goal, compare
from spine_core.weights import ModelId

LOG = WEIGHTS / "test-log.jsonl"
LEVEL_LOG = WEIGHTS / "test-log-levels.jsonl"
"""Looks at the level names alone: the graders had no part in them."""

ANSWERABLE = {"dice": "outliner", "found": "localiser"}
"""The network that a figure of a goal is of, where it is not the grader."""
PUBLISHED, MENDED = "published", "T1 mended"
"""Labels that networks were measured on."""


@dataclass(frozen=True)
class Look:
    """What was seen. ``grader``, ``localiser``, ``outliner``: identities of the networks; the first looks had no
    outliner, and the localiser drew outlines too. ``auroc``: by ``key`` of the question. ``goals``: by the goal's
    ``key``, areas under the curve aside; the first looks have none. ``labels``: ``PUBLISHED``, or ``MENDED`` where
    T1's boxes were brought back to the patients whose they are (``datasets.corrected_boxes``).
    """

    date: str
    grader: str
    localiser: str
    auroc: Mapping[str, float]
    outliner: str | None = None
    goals: Mapping[str, float] = field(default_factory=dict)
    labels: str = PUBLISHED

    def told(self, network: str) -> str:
        """How a network is named beside what it reached."""
        return network[:8] if self.labels == PUBLISHED else f"{network[:8]} ({self.labels})"

    def network_of(self, goal: Goal) -> str:
        """Identity of the network that a goal's figure is of."""
        return str(getattr(self, ANSWERABLE.get(goal.figure, "grader")) or self.localiser)


@dataclass(frozen=True)
class LevelLook:
    """A look at level names alone. ``detector``, ``level_counter``: identities of the networks. ``counts``: pictures by
    whether the names were right and whether they were flagged.
    """

    date: str
    detector: str
    level_counter: str
    counts: Mapping[str, int]


def key(row: Mapping[str, Any]) -> str:
    """The name in the log of a ``Graded`` as stored."""
    return f"{row['source']} {row['sequence']} {row['condition']}>={row['at_least']}"


def log(bundle: Bundle, figures: Mapping[str, Any], path: Path = LOG, labels: str = MENDED) -> None:
    """Adds today's look of ``bundle``. ``figures``: of the test patients, as stored; ``labels``: as in ``Look``."""
    auroc = {key(row): round(row["auroc"], 4) for row in figures["graded"]}
    ids = [network.id.sha256 for network in (bundle.grader, bundle.detector, bundle.segmenter)]
    look = Look(_today(), ids[0], ids[1], auroc, ids[2], other_goals(figures), labels)
    _append(look, path)


def log_levels(
    detector: ModelId, counter: ModelId, counts: Mapping[str, int], path: Path = LEVEL_LOG
) -> None:
    """Adds today's look at level names. ``counts``: as in ``LevelLook``."""
    _append(LevelLook(_today(), detector.sha256, counter.sha256, counts), path)


def _today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def _append(look: Look | LevelLook, path: Path) -> None:
    with path.open("a") as handle:
        handle.write(json.dumps(asdict(look)) + "\n")


def other_goals(figures: Mapping[str, Any]) -> dict[str, float]:
    """What was reached of every goal that was measured, areas under the curve aside."""
    return {
        one.goal.key: round(one.row[one.goal.figure], 4)
        for one in compare(figures)
        if one.goal.figure != "auroc" and one.row is not None and one.row[one.goal.figure] is not None
    }


def every(path: Path = LOG) -> list[Look]:
    """All looks, oldest first."""
    return [Look(**json.loads(line)) for line in path.read_text().splitlines()] if path.is_file() else []


def history(goal: Goal, looks: Sequence[Look]) -> dict[str, float]:
    """What each network that answers for a goal reached when it was last measured, oldest network first."""
    return _by_name(
        (look, look.network_of(goal), look.goals[goal.key]) for look in looks if goal.key in look.goals
    )


def areas(question: str, looks: Sequence[Look]) -> dict[str, float]:
    """The same of a question's area under the curve; ``question``: its ``key``."""
    return _by_name((look, look.grader, look.auroc[question]) for look in looks if question in look.auroc)


def _by_name(seen: Iterable[tuple[Look, str, float]]) -> dict[str, float]:
    """What each network reached by how it is told; on mended labels only where these changed it."""
    out: dict[str, float] = {}
    for look, network, value in seen:
        if look.labels == PUBLISHED or out.get(network[:8]) != value:
            out[look.told(network)] = value
    return out
