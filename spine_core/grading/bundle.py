"""The networks that ship with the product, loaded once and shared by all sessions."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from spine_core.anatomy.network import Localiser
from spine_core.grading.network import GradingNetwork

WEIGHTS = Path(__file__).resolve().parents[2] / "assets" / "weights"
LOCALISER = "localiser.safetensors"
GRADER = "grader-resnet18.safetensors"

_loading = threading.Lock()


@dataclass(frozen=True, eq=False)
class Bundle:
    """A localiser, a grader, and the grader's card (what it was trained on and how well it does)."""

    localiser: Localiser
    grader: GradingNetwork
    card: dict[str, Any]


def load_bundle(folder: Path = WEIGHTS) -> Bundle:
    """The shipped networks. Raises ``WeightsError`` where a file is missing or changed."""
    # Two sessions that start together would otherwise both load.
    with _loading:
        return _load(folder)


@lru_cache(maxsize=1)
def _load(folder: Path) -> Bundle:
    grader = folder / GRADER
    return Bundle(
        Localiser.load(folder / LOCALISER),
        GradingNetwork.load(grader),
        json.loads(grader.with_suffix(".json").read_text()),
    )
