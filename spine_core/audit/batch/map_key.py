"""The key of a map: equal for equal inputs, so that no map is computed twice."""

from __future__ import annotations

import hashlib
import json

from spine_core.audit.batch.types import BatchPlan
from spine_core.grading.types import ModelId
from spine_core.networks.target import Target

RESULTS = 1
"""Raised when a method or a metric changes its definition: maps of before are then computed again."""


def map_key(
    plan: BatchPlan,
    study_sha256: str,
    level: str,
    target: Target,
    network: ModelId,
    method: str,
    draw: int = 0,
) -> str:
    """SHA-256 over study, finding, network, method, settings and seed. ``draw``: of a control."""
    settings = plan.settings_of(method) if draw == 0 and method in plan.methods else {}
    parts = [RESULTS, study_sha256, level, target.condition, target.grade, target.kind, target.contrast]
    parts += [network.name, network.sha256, method, draw, sorted(settings.items()), plan.seed, plan.backend]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
