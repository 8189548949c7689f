"""What the steps of the primer show, as it was computed from the phantom (``build``) and stored."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.assets import ASSETS

STORED = ASSETS / "primer" / "primer.npz"

METHODS = ("grad_cam", "lime", "partition_shap")
"""Names of the methods' maps."""

TWIN = "grad_cam of random weights"
"""Name of the map of the network's random-weights twin."""

Map = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PrimerMaterial:
    """One finding of the demonstration study.

    ``image``: T2 crop (size, size), 0 to 1; ``hidden``: the same as it is where parts are masked. ``target``: what is
    explained. ``network_sha256``: of the weights. ``regions``: number of the region of each pixel (size, size), from 0;
    ``scores``: log-odds of the target where only some regions are shown, see ``coalitions.combinations``. ``cells``:
    Grad-CAM before it was enlarged. ``maps``: (size, size) by name. ``deletion``: log-odds while blocks are masked,
    most relevant first, by name of map; ``fractions``: of the image masked so far.
    """

    image: Map
    hidden: Map
    target: str
    network_sha256: str
    regions: npt.NDArray[np.intp]
    scores: npt.NDArray[np.float64]
    cells: Map
    maps: Mapping[str, Map]
    deletion: Mapping[str, npt.NDArray[np.float64]]
    fractions: npt.NDArray[np.float64]

    def to_bytes(self) -> bytes:
        """As a compressed NumPy file; equal materials give equal bytes."""
        words = json.dumps({"target": self.target, "network_sha256": self.network_sha256})
        arrays: dict[str, Any] = {
            "words": np.frombuffer(words.encode(), np.uint8),
            "image": (self.image * 255).round().astype(np.uint8),
            "hidden": (self.hidden * 255).round().astype(np.uint8),
            "regions": self.regions.astype(np.uint8),
            "scores": self.scores.astype(np.float32),
            "cells": self.cells.astype(np.float32),
            "fractions": self.fractions.astype(np.float32),
        }
        arrays |= {f"map {name}": one.astype(np.float16) for name, one in self.maps.items()}
        arrays |= {f"deletion {name}": one.astype(np.float32) for name, one in self.deletion.items()}
        out = io.BytesIO()
        np.savez_compressed(out, **arrays)
        return out.getvalue()


def read_material(path: Path) -> PrimerMaterial:
    """The material of a file that ``to_bytes`` made."""
    with np.load(path, allow_pickle=False) as stored:
        words = json.loads(stored["words"].tobytes())
        named = {name: stored[name] for name in stored.files}
    return PrimerMaterial(
        image=named["image"].astype(np.float32) / 255,
        hidden=named["hidden"].astype(np.float32) / 255,
        target=words["target"],
        network_sha256=words["network_sha256"],
        regions=named["regions"].astype(np.intp),
        scores=named["scores"].astype(np.float64),
        cells=named["cells"],
        maps={name[4:]: one.astype(np.float32) for name, one in named.items() if name.startswith("map ")},
        deletion={
            name[9:]: one.astype(np.float64) for name, one in named.items() if name.startswith("deletion ")
        },
        fractions=named["fractions"].astype(np.float64),
    )


@cache
def material() -> PrimerMaterial:
    """The bundled material: of a phantom, so that it may be shared by all sessions."""
    return read_material(STORED)
