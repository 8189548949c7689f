"""Released weights: safetensors with a model card, checked by hash before use."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class WeightsError(Exception):
    """The weights file is missing, or its hash differs from its card's."""


@dataclass(frozen=True)
class ModelId:
    """Identity of a network's weights."""

    name: str
    version: str
    sha256: str


def load_card(path: Path) -> dict[str, Any]:
    """The model card (same name, ``.json``) of a weights file, after the hash was checked.

    Raises ``WeightsError`` where one of the two is missing or the hash differs.
    """
    card_path = path.with_suffix(".json")
    if not path.is_file() or not card_path.is_file():
        msg = f"the weights {path.name} or their card are missing from {path.parent.name}/"
        raise WeightsError(msg)
    card: dict[str, Any] = json.loads(card_path.read_text())
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != card["sha256"]:
        msg = f"{path.name} is not the file its card names: sha256 {found[:12]} instead of {card['sha256'][:12]}"
        raise WeightsError(msg)
    return card
