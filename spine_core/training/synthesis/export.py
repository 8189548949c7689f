"""Writes the weights of a generator: half-precision safetensors, and a card with their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spine_core import __version__
from spine_core.results.training_plans import GeneratorPlan
from spine_core.training.models.export_weights import SOURCES

USE = (
    "Synthetic images, for research and teaching. They never train, evaluate or index the released networks."
)


def export_generator(
    weights: Mapping[str, Any],
    path: Path,
    plan: GeneratorPlan,
    history: Sequence[Sequence[float]],
    *,
    name: str,
    architecture: str,
    command: str,
) -> Path:
    """Writes ``weights`` to ``path`` and their card next to it.

    ``history``: rows of the training's history, whose first number is the step.
    """
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: value.half().contiguous() for key, value in weights.items()}, path)
    card = {
        "name": name,
        "version": __version__,
        "architecture": architecture,
        "parameters": sum(value.numel() for value in weights.values()),
        "widths": list(plan.widths),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "trained_by": command,
        "plan": asdict(plan),
        "history": [[int(row[0]), *(round(float(value), 4) for value in row[1:])] for row in history],
        "use": USE,
        "sources": list(SOURCES[:2]),
        "split": "by patient, data/splits.csv: folds 2-4 train, fold 1 selects, fold 0 tests",
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n")
    return path
