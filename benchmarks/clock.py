"""Seconds."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], runs: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """The least of ``runs`` runs: what else the machine has to do can only add to it (as in ``timeit``).

    ``clock``: ``time.process_time`` counts the processor's time of all threads instead.
    """
    times = []
    for _ in range(runs):
        start = clock()
        quietly(work)
        times.append(clock() - start)
    return min(times)


def quietly(work: Callable[[], object]) -> None:
    """Without the packages' progress bars."""
    with contextlib.redirect_stderr(io.StringIO()):
        work()
