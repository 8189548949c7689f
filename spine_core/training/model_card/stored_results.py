"""Copies the stored results of experiments, teachers and tuning into the ensemble's card and the model card."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spine_core.networks.registry import ENSEMBLE, WEIGHTS
from spine_core.results.tuning import TRIALS_FILE
from spine_core.results.tuning_trials import read_trials
from spine_core.training.ablations.metrics import experiment_results
from spine_core.training.distillation.soft_targets import teacher_metrics
from spine_core.training.model_card.card import write_model_card


def update_experiments(card: dict[str, Any]) -> None:
    """Puts the metrics of experiments, teachers and tuning into the ensemble's card."""
    tuning = read_trials(TRIALS_FILE)
    card["experiments"] = rounded([asdict(result) for result in experiment_results()])
    card["teachers"] = rounded(teacher_metrics())
    card["tuning"] = None if tuning is None else asdict(tuning)


def rewrite_cards() -> None:
    """Updates the ensemble's card with ``update_experiments`` and rewrites the model card."""
    path = WEIGHTS / ENSEMBLE
    card = json.loads(path.read_text())
    update_experiments(card)
    path.write_text(json.dumps(card, indent=1) + "\n")
    write_model_card(card)


def rewrite_model_card() -> Path:
    """Rewrites the model card from the figures in the networks' cards, without any evaluation; returns its path."""
    return write_model_card(json.loads((WEIGHTS / ENSEMBLE).read_text()))


def rounded(value: Any) -> Any:
    """Rounds all numbers to four decimals, so that the JSON stays readable; nan becomes None."""
    if isinstance(value, float):
        return None if value != value else round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    return value
