"""The same methods in several networks as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from spine_core.comparison.cross_model import CrossModelAgreement
from spine_core.explanation.base import Explanation


def networks_json(found: CrossModelAgreement) -> dict[str, Any]:
    """Everything but the maps as plain values, with what is needed to make them again."""
    return {
        "networks": [asdict(one) | {"probability": found.probability(one)} for one in found.networks],
        "whole": found.whole,
        "methods": [
            {
                "method": one.method,
                "sentence": one.sentence,
                "agreements": [asdict(pair) for pair in one.agreements],
                "maps": [_map(each) for each in one.explanations],
            }
            for one in found.methods
        ],
        "settings": dict(found.settings),
        "seed": found.seed,
        "seconds": found.seconds,
    }


def _map(one: Explanation) -> dict[str, Any]:
    return {
        "network": one.model.name,
        "answer": one.target_score,
        "empty": one.is_empty,
        "settings": dict(one.settings),
        "seed": one.seed,
        "engine": one.backend,
        "seconds": one.seconds,
        "network_calls": one.model_evaluations,
        "notes": list(one.notes),
    }
