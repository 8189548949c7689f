"""What was found by training again, from its kept files into the ensemble's card and the model card."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from spine_core.networks.registry import ENSEMBLE, WEIGHTS
from spine_core.results.tuning import KEPT
from spine_core.results.tuning_trials import read
from spine_core.training.ablations.metrics import outcomes
from spine_core.training.distillation.soft_targets import worth
from spine_core.training.model_card.card import write_model_card


def take_kept(card: dict[str, Any]) -> None:
    """Puts the experiments', the teachers' and the search's figures into the ensemble's card."""
    searched = read(KEPT)
    card["experiments"] = short([asdict(outcome) for outcome in outcomes()])
    card["teachers"] = short(worth())
    card["search"] = None if searched is None else asdict(searched)


def retell() -> None:
    """Writes both cards anew; what was measured on the shipped networks stays."""
    path = WEIGHTS / ENSEMBLE
    card = json.loads(path.read_text())
    take_kept(card)
    path.write_text(json.dumps(card, indent=1) + "\n")
    write_model_card(card)


def short(value: Any) -> Any:
    """Numbers with four decimals: more is noise, and the card is read by people too."""
    if isinstance(value, float):
        return None if value != value else round(value, 4)
    if isinstance(value, dict):
        return {key: short(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [short(part) for part in value]
    return value
