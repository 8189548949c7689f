"""Sampling until the order of the strongest segments has converged, with bootstrap standard deviations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

STOPS = {
    "stable": "when the order of the strongest parts is stable",
    "budget": "when all samples are evaluated",
}
"""Stopping rules by the setting's value."""

STRONGEST = 5
"""Number of strongest parts whose order must be stable."""

RESAMPLES = 20
"""Bootstrap resamples from which the standard deviations are computed."""

SURE = 0.9
"""Fraction of the resamples in which two neighbours must keep their order."""

TIE = 0.1
"""Two parts are tied where they differ by less than this fraction of the strongest; their order does not matter."""

FIRST = 240
STEP = 80
"""Model evaluations before the first check, four for each of sixty superpixels, and between two checks."""


@dataclass(frozen=True, eq=False)
class SampledEstimate:
    """``values`` of the parts and their standard ``deviations`` over resamples, both (parts,).

    ``samples``: how many were drawn. ``stable``: whether the order of the strongest parts is stable. A resample
    repeats some samples and leaves out others, so the deviations tend to be larger than those over seeds.
    """

    values: Values
    deviations: Values
    samples: int
    stable: bool


def sample_until_converged(
    evaluate: Callable[[int, int], None],
    fit: Callable[[Rows], Values],
    samples: int,
    stop: str,
    random: np.random.Generator,
    size: int = 1,
    always: int = 1,
    extra: int = 0,
) -> SampledEstimate:
    """Draws up to ``samples`` samples and fits them.

    ``evaluate(first, last)`` evaluates those samples, each of ``size`` images. ``fit(rows)`` returns the values from
    the samples with those numbers. The first ``always`` samples are not random: every resample contains them once, and
    only the others are resampled. ``extra``: images that the first call of ``evaluate`` adds; the first check comes as
    many images earlier, so that they do not need a batch of their own. Raises ``ValueError`` for an unknown ``stop``.
    """
    if stop not in STOPS:
        msg = f"unknown stop {stop!r}; known: {', '.join(STOPS)}"
        raise ValueError(msg)
    done = 0
    while True:
        # The samples that are not random say nothing about the sampling error.
        next_check = done + STEP // size if done else (max(FIRST, STEP + always * size) - extra) // size
        last = samples if stop == "budget" else min(next_check, samples)
        evaluate(done, last)
        done = last
        values = fit(np.arange(done))
        draws = np.stack([fit(_resampled(done, always, random)) for _ in range(RESAMPLES)])
        stable = has_converged(values, draws)
        if stable or done == samples:
            return SampledEstimate(values, draws.std(axis=0, ddof=1), done, stable)


def has_converged(values: Values, draws: npt.NDArray[np.float64]) -> bool:
    """Whether the order of the ``STRONGEST`` absolute values is stable.

    ``values``: (parts,). ``draws``: the values from resamples, (resamples, parts). Two neighbours in the order must
    keep it in ``SURE`` of the resamples, or differ by less than ``TIE`` of the strongest.
    """
    sizes, drawn = np.abs(values), np.abs(draws)
    order = np.argsort(-sizes, kind="stable")[: STRONGEST + 1]
    stronger, weaker = order[:-1], order[1:]
    ordered = (drawn[:, stronger] > drawn[:, weaker]).mean(axis=0) >= SURE
    tied = sizes[stronger] - sizes[weaker] < TIE * sizes[order[0]]
    # Ties count only where the deviations are small as well.
    steady = draws[:, order].std(axis=0) < TIE * sizes[order[0]]
    return bool(np.all(ordered | (tied & steady[:-1] & steady[1:])))


def describe_convergence(found: SampledEstimate, budget: int, size: int = 1) -> str:
    """A sentence on when sampling stopped. ``budget``: samples at most. ``size``: images per sample."""
    done, most = found.samples * size, budget * size
    if not found.stable:
        return f"After all {done} samples the order of the strongest parts is still uncertain."
    if found.samples < budget:
        return f"Sampling stopped after {done} of {most} samples: the order of the strongest parts is stable."
    return f"The order of the strongest parts is stable after {done} samples."


def describe_spread(found: SampledEstimate) -> str:
    """A sentence on the standard deviation of the strongest value."""
    top = int(np.argmax(np.abs(found.values)))
    return (
        f"The strongest part: {found.values[top]:+.2g} ± {found.deviations[top]:.2g} log-odds "
        "(standard deviation over resamples)."
    )


def _resampled(count: int, always: int, random: np.random.Generator) -> Rows:
    drawn = random.integers(always, count, count - always) if count > always else np.empty(0, dtype=np.intp)
    return np.append(np.arange(always), drawn)
