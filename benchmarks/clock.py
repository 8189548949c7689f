"""Seconds."""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], runs: int) -> float:
    """The median of ``runs`` runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        quietly(work)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def quietly(work: Callable[[], object]) -> None:
    """Without the packages' progress bars."""
    with contextlib.redirect_stderr(io.StringIO()):
        work()
