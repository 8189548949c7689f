"""Converts a state dict that torch saved with pickle to safetensors, in a process of its own.

``python -m spine_core.networks.packages.conversion IN OUT`` is that process.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from spine_core.networks.packages.child import ChildError, run_child
from spine_core.networks.packages.errors import PackageError

TIMEOUT = 600
"""Seconds for one file."""

NESTED = ("state_dict", "model_state_dict", "model", "net")
"""Keys under which checkpoints keep the weights."""


def convert(source: Path, target: Path) -> int:
    """Writes the weights in ``source`` to ``target`` (safetensors) and returns how many tensors they are.

    Only tensors are read (``weights_only=True``), in another process. Raises ``PackageError`` for anything else.
    """
    paths = (source.resolve(), target.resolve())
    try:
        found = run_child(__name__, *paths, timeout=TIMEOUT, task="read", crashed="it cannot be read")
    except ChildError as error:
        raise PackageError(source.name, str(error)) from None
    if "error" in found:
        raise PackageError(source.name, found["error"])
    return int(found["tensors"])


def main(source: Path, target: Path) -> int:
    """Converts and prints the result as JSON."""
    sys.stdout.write(json.dumps(_converted(source, target)) + "\n")
    return 0


def _converted(source: Path, target: Path) -> dict[str, Any]:
    import torch
    from safetensors.torch import save_file

    try:
        found = torch.load(source, map_location="cpu", weights_only=True)
    except Exception:
        # Whatever else it holds stays unread: its classes could run code.
        return {
            "error": "it is not a plain state dict; save model.state_dict() with torch.save and convert that"
        }
    state = _state_of(found)
    if state is None:
        return {"error": "it holds no state dict, which maps names to tensors"}
    save_file({name: value.clone().contiguous() for name, value in state.items()}, target)
    return {"tensors": len(state)}


def _state_of(found: object) -> dict[str, Any] | None:
    import torch

    for key in NESTED:
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not found:
        return None
    if not all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in found.items()):
        return None
    return dict(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
