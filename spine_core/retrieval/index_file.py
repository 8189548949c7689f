"""The file of the released index: arrays and a card with the hash of the network and of the file."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from spine_core.assets import ASSETS
from spine_core.retrieval.embedding import unit
from spine_core.retrieval.index import DiscIndex

INDEX = ASSETS / "retrieval" / "index.npz"


class DiscIndexError(ValueError):
    """The index is missing, was changed, or is of another network; the message is one sentence."""


def save_index(index: DiscIndex, path: Path = INDEX) -> None:
    """Writes ``path`` (npz) and its card (same name, ``.json``) with the hash of both network and file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        "embeddings": index.embeddings.astype(np.float16),
        **{name: getattr(index, name) for name in ("levels", "patients", "sources", "weightings")},
        "grades": index.grades,
        **{name: getattr(index, name) for name in ("images", "places") if getattr(index, name) is not None},
    }
    if index.basis is not None:
        arrays["basis"] = index.basis.astype(np.float16)
    for (weightings, condition), values in index.stored_distances.items():
        arrays[f"distances {weightings} {condition}"] = values
    np.savez_compressed(path, **arrays)
    card = {
        "network": index.network,
        "salt": index.salt,
        "conditions": {name: list(grades) for name, grades in index.conditions.items()},
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n")


def load_index(network: str, path: Path = INDEX) -> DiscIndex:
    """The released index, loaded once. ``network``: hash of the network that the query is embedded by.

    Raises ``DiscIndexError`` where the index is missing, was changed, or was made with another network.
    """
    found = _load(path)
    if found.network != network:
        msg = (
            "The released index was made with another version of the networks, so it cannot be searched with "
            "this one."
        )
        raise DiscIndexError(msg)
    return found


@lru_cache(maxsize=2)
def _load(path: Path) -> DiscIndex:
    card_path = path.with_suffix(".json")
    if not path.is_file() or not card_path.is_file():
        msg = "The released index of discs is missing from this installation."
        raise DiscIndexError(msg)
    card = json.loads(card_path.read_text())
    if hashlib.sha256(path.read_bytes()).hexdigest() != card["sha256"]:
        msg = "The released index of discs is not the file that its card names."
        raise DiscIndexError(msg)
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    distances = {
        (name.split(" ")[1], name.split(" ")[2]): arrays.pop(name)
        for name in list(arrays)
        if name.startswith("distances ")
    }
    arrays["embeddings"] = unit(arrays["embeddings"].astype(np.float32))
    if "basis" in arrays:
        arrays["basis"] = arrays["basis"].astype(np.float32)
    conditions = {name: tuple(grades) for name, grades in card["conditions"].items()}
    return DiscIndex(
        network=card["network"],
        conditions=conditions,
        salt=card["salt"],
        stored_distances=distances,
        **arrays,
    )
