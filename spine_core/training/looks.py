"""Every look at the test patients, one line each, kept beside the weights."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spine_core.grading.bundle import WEIGHTS, Bundle

LOG = WEIGHTS / "test-log.jsonl"


@dataclass(frozen=True)
class Look:
    """What was seen. ``grader``, ``localiser``, ``outliner``: identities of the networks; the first looks had no
    outliner. ``auroc``: by ``key`` of the question.
    """

    date: str
    grader: str
    localiser: str
    auroc: Mapping[str, float]
    outliner: str | None = None


def key(row: Mapping[str, Any]) -> str:
    """The name in the log of a ``Graded`` as stored."""
    return f"{row['source']} {row['sequence']} {row['condition']}>={row['at_least']}"


def log(bundle: Bundle, graded: Sequence[Mapping[str, Any]], path: Path = LOG) -> None:
    """Adds today's look of ``bundle``. ``graded``: the rows of ``training.figures`` as stored."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    auroc = {key(row): round(row["auroc"], 4) for row in graded}
    look = Look(today, bundle.grader.id.sha256, bundle.localiser.id.sha256, auroc, bundle.outliner.id.sha256)
    with path.open("a") as handle:
        handle.write(json.dumps(asdict(look)) + "\n")


def by_grader(path: Path = LOG) -> list[Look]:
    """The last look of each grader that was ever measured, in the order in which they first were."""
    looks = [Look(**json.loads(line)) for line in path.read_text().splitlines()] if path.is_file() else []
    return list({look.grader: look for look in looks}.values())
