"""One finding of a batch, and what all its rows have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from spine_core.audit.batch.map_key import map_key
from spine_core.audit.batch.types import BatchPlan, MapResult, Status
from spine_core.audit.reasons.base import GradedDisc
from spine_core.audit.reasons.registry import REASONS
from spine_core.explanation.base import ScoreModel
from spine_core.grading.types import DiscImage, Finding
from spine_core.networks.target import Target


@dataclass(frozen=True, eq=False)
class FindingWork:
    """One finding to explain. ``known``: keys of the maps that are there already.

    ``disc``: what reasons other than maps are made from; only a plan that asks for none can do without.
    """

    plan: BatchPlan
    study_sha256: str
    finding: Finding
    image: DiscImage
    network: ScoreModel
    known: Collection[str] = ()
    disc: GradedDisc | None = None

    @property
    def target(self) -> Target:
        """The reported grade."""
        return self.finding.target

    def key(self, method: str, draw: int = 0) -> str:
        """Key of one of its maps."""
        return map_key(
            self.plan, self.study_sha256, self.finding.level, self.target, self.network.id, method, draw
        )

    def pair_key(self, first: str, second: str) -> str:
        """Key of the agreement of two of its maps."""
        both = f"agreement {self.key(first)} {self.key(second)}"
        return hashlib.sha256(both.encode()).hexdigest()

    def control_key(self, name: str, draw: int = 0) -> str:
        """Key of a control. It may also be asked for as a method, whose map has another seed."""
        return self.key(f"control {name}", draw)


def failed_row(work: FindingWork, method: str, status: Status, reason: str) -> MapResult:
    """The row of a method without a result. ``reason``: why, for the table."""
    return MapResult(
        key=work.key(method),
        method=method,
        control=False,
        draw=0,
        settings={} if method in REASONS else work.plan.settings_of(method),
        backend="",
        status=status,
        reason=reason,
        **of_finding(work),
    )


def of_finding(work: FindingWork) -> dict[str, Any]:
    """What all rows of a finding have in common."""
    finding, target = work.finding, work.target
    return {
        "study_sha256": work.study_sha256,
        "level": finding.level,
        "condition": finding.condition,
        "grade": target.grade,
        "target": target.label(),
        "probability": finding.probabilities[target.grade],
        "network": work.network.id.name,
        "network_sha256": work.network.id.sha256,
        "seed": work.plan.seed,
    }


def why(error: Exception) -> str:
    """For the table. The message of an error that nobody foresaw may name a file."""
    return str(error) if isinstance(error, ValueError) else type(error).__name__
