"""The folder in which this installation keeps what users add: networks, later cases."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "SPINELENS_HOME"


def home() -> Path:
    """``SPINELENS_HOME``, or ``.spinelens`` in the user's home; made at first use, readable by its owner only."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else Path.home() / ".spinelens"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
