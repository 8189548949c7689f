"""Intervals of a proportion. Where nothing is counted, a bootstrap interval would have no width."""

from __future__ import annotations


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of ``hits`` out of ``of`` (Wilson 1927); 0 to 1 if ``of`` is 0."""
    from scipy.stats import binomtest

    if not of:
        return 0.0, 1.0
    found = binomtest(hits, of).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
