"""The data folder and the torch device of a command, and the checks of both."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from spine_core.cli.arguments import InputError


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """Adds ``--data``; the environment variable SPINELENS_DATA is its default."""
    default = Path(os.environ.get("SPINELENS_DATA") or "../shared/data")
    parser.add_argument(
        "--data", type=Path, default=default, metavar="DIR", help="data folder; default %(default)s"
    )


def require_data(folder: Path) -> None:
    """Raises ``InputError`` if ``folder`` is not a data folder."""
    if not (folder / "splits.csv").is_file():
        msg = f"{folder}: there is no splits.csv; name the data folder with --data or SPINELENS_DATA"
        raise InputError(msg)


def require_device(name: str) -> None:
    """Raises ``InputError`` if torch cannot use the device ``name`` here."""
    import torch

    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError):  # AssertionError if torch was built without support for the device
        msg = f"--device {name}: this machine has no such device"
        raise InputError(msg) from None
