"""Examines a package in a process of its own, with limits: a broken or hostile model must not take the server down.

``python -m spine_core.networks.packages.examination FOLDER`` writes the result to standard output as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from spine_core.networks.packages.errors import PackageError
from spine_core.networks.packages.registration import Registration

TIMEOUT = 300
"""Seconds; ViT-L takes 40 on two cores."""

MAX_MEMORY = 24 * 1024**3
"""Bytes of address space. Torch reserves several GiB of it without using them."""


def examine_apart(folder: Path) -> Registration:
    """``registration.examine`` of the package in ``folder``, in another process.

    Raises ``PackageError`` where the network does not work, takes too long or too much memory, or crashes.
    """
    command = [sys.executable, "-m", __name__, str(folder)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=TIMEOUT, check=False, env=environment_of_child()
        )
    except subprocess.TimeoutExpired:
        raise PackageError("the network", f"it was not examined within {TIMEOUT} seconds") from None
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise PackageError(
            "the network", "it crashed, or took more memory than allowed, when it was run"
        ) from None
    if "error" in found:
        raise PackageError(*found["error"])
    return Registration.of(found)


def environment_of_child() -> dict[str, str]:
    """The environment that a child needs to find program and libraries: no credentials of the server."""
    names = ("PATH", "HOME", "LANG", "OMP_NUM_THREADS", "VIRTUAL_ENV", "SYSTEMROOT", "TMPDIR")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    root = str(Path(__file__).resolve().parents[3])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}


def main(folder: Path) -> int:
    """Examines the package in ``folder`` and prints the result."""
    _limit_memory()
    from spine_core.networks.packages.contents import contents_of
    from spine_core.networks.packages.registration import examine

    try:
        found = examine(contents_of(folder)).values()
    except PackageError as error:
        found = {"error": [error.file, error.reason]}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        # Windows has no such limit.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
