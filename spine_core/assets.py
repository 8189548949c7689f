"""The folder of released files: weights, model cards, stored results, styles, the built viewer."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def _folder() -> Path:
    """Inside the package if it was installed from a wheel, next to it in a checkout."""
    package = Path(str(files("spine_core")))
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"


ASSETS = _folder()
