"""Exports trained weights: half-precision safetensors and a JSON card with their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.out_of_distribution import OODDetector
from spine_core.networks.outputs import LOGITS
from spine_core.networks.preprocessing import Preprocessing

SOURCES = (
    "Sudirman et al., Lumbar Spine MRI Dataset, Mendeley Data, doi 10.17632/k57fr854j2.2 (CC BY 4.0); boxes of "
    "YOLOspine (MIT; Mendeley doi 10.17632/9j9hmy8kbn.1); Pfirrmann grades as in LSMA-PQR (doi 10.17632/p3r4xd2488.1, "
    "CC BY 4.0)",
    "van der Graaf et al., SPIDER, Scientific Data 2024, doi 10.1038/s41597-024-03090-w, Zenodo 10159290 (CC BY 4.0); "
    "disc points: lumbar coordinate set by B. Artley (used for training only)",
    "SpineLens phantoms (synthetic, spine_core.phantom), reported separately",
)


def export_weights(
    state: Mapping[str, Any],
    path: Path,
    *,
    name: str,
    version: str,
    architecture: str,
    command: str,
    distillation: Mapping[str, Any] | None = None,
    preprocessing: Preprocessing | None = None,
    calibration: npt.NDArray[np.float64] | None = None,
) -> Path:
    """Writes weights to ``path`` and their card next to it.

    ``distillation``: the teachers and the weight of their soft targets in the loss.
    """
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {k: v.half().contiguous() if v.is_floating_point() else v.contiguous() for k, v in state.items()}
    save_file(halves, path)
    card: dict[str, Any] = {
        "name": name,
        "version": version,
        "architecture": architecture,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "trained_by": command,
        "sources": list(SOURCES),
        "split": "by patient, data/splits.csv: folds 2-4 train, fold 1 selects and calibrates, fold 0 tests",
    }
    if distillation is not None:
        card["distillation"] = dict(distillation)
    if preprocessing is not None:
        table = np.stack([np.ones(LOGITS), np.zeros(LOGITS)]) if calibration is None else calibration
        card["preprocessing"] = asdict(preprocessing)
        card["calibration"] = [[round(float(v), 6) for v in row] for row in table]
    path.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n")
    return path


def export_ood_detector(ood_detector: OODDetector, path: Path, *, version: str, command: str) -> Path:
    """Writes the out-of-distribution detector to ``path`` and its card next to it."""
    from safetensors.numpy import save_file

    # safetensors writes the buffer in memory order and ignores the order of the axes.
    parts = {"mean": ood_detector.mean, "basis": ood_detector.basis}
    save_file({name: np.ascontiguousarray(part, dtype=np.float16) for name, part in parts.items()}, path)
    card = {
        "name": "ood-detector",
        "version": version,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "trained_by": command,
        "rest": ood_detector.rest,
        "limit": ood_detector.limit,
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n")
    return path
