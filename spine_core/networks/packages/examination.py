"""Examines a package in a process of its own, with limits: a broken or hostile model must not take the server down.

``python -m spine_core.networks.packages.examination FOLDER`` writes the result to standard output as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from spine_core.networks.packages.child import ChildError, run_child
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
    crashed = "it crashed, or took more memory than allowed, when it was run"
    try:
        found = run_child(__name__, folder, timeout=TIMEOUT, task="examined", crashed=crashed)
    except ChildError as error:
        raise PackageError("the network", str(error)) from None
    if "error" in found:
        raise PackageError(*found["error"])
    return Registration.of(found)


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
