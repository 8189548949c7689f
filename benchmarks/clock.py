"""Seconds."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], runs: int) -> float:
    """The least of ``runs`` runs: what else the machine has to do can only add to it (as in ``timeit``)."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        quietly(work)
        times.append(time.perf_counter() - start)
    return min(times)


def quietly(work: Callable[[], object]) -> None:
    """Without the packages' progress bars."""
    with contextlib.redirect_stderr(io.StringIO()):
        work()
