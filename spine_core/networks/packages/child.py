"""Runs a module in a process of its own that writes its result as JSON: what it reads may crash it, or be hostile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NEEDED = ("PATH", "HOME", "LANG", "OMP_NUM_THREADS", "VIRTUAL_ENV", "SYSTEMROOT", "TMPDIR")
"""Variables without which a child finds neither program nor libraries. Credentials of the server are not among them."""


class ChildError(Exception):
    """The child ended without a result; the message is the reason."""


def run_child(module: str, *arguments: Path, timeout: float, task: str, crashed: str) -> dict[str, Any]:
    """The JSON object on the last line that ``python -m module`` writes.

    ``task``: what it does, as a participle. Raises ``ChildError`` after ``timeout`` seconds, and with the words
    ``crashed`` where it writes none.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout, check=False, env=_environment())
    except subprocess.TimeoutExpired:
        msg = f"it was not {task} within {timeout:g} seconds"
        raise ChildError(msg) from None
    try:
        found: dict[str, Any] = json.loads(done.stdout.decode(errors="replace").strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise ChildError(crashed) from None
    return found


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in NEEDED if name in os.environ}
    root = str(Path(__file__).resolve().parents[3])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}
