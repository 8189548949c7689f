"""Sampling that goes on until its answer is sure, and says how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

STOPS = {
    "stable": "when the strongest parts keep their order",
    "budget": "when all are asked",
}
"""When sampling ends, by the setting's value."""

STRONGEST = 5
"""Parts whose order must be sure."""

RESAMPLES = 20
"""Bootstrap resamples from which deviations are taken."""

SURE = 0.9
"""Share of the resamples in which two neighbours must keep their order."""

TIE = 0.1
"""Two parts that differ by less than this share of the strongest are equal to a reader, whatever their order."""

FIRST = 240
STEP = 80
"""Pictures asked before the first look, four for each of sixty superpixels, and between two looks."""


@dataclass(frozen=True, eq=False)
class SampledEstimate:
    """``values`` of the parts and their standard ``deviations`` over resamples, both (parts,).

    ``samples``: how many were drawn. ``stable``: whether the strongest parts keep their order. A resample holds
    some samples twice and others not at all, so that deviations tend to be larger than those over seeds: they err on
    the safe side.
    """

    values: Values
    deviations: Values
    samples: int
    stable: bool


def sample_until_converged(
    ask: Callable[[int, int], None],
    fit: Callable[[Rows], Values],
    samples: int,
    stop: str,
    random: np.random.Generator,
    size: int = 1,
    always: int = 1,
    beside: int = 0,
) -> SampledEstimate:
    """Draws up to ``samples`` samples and fits them.

    ``ask(first, last)`` asks the network about those samples; each stands for ``size`` pictures. ``fit(rows)`` gives
    the values from the samples of those numbers. The first ``always`` samples are not left to chance: every resample
    holds them once each, and only the others are drawn anew. ``beside``: pictures that the first ``ask`` adds of its
    own; there are so many fewer samples before the first look, as a few pictures over would cost a whole batch.
    Raises ``ValueError`` for an unknown ``stop``.
    """
    if stop not in STOPS:
        msg = f"unknown stop {stop!r}; known: {', '.join(STOPS)}"
        raise ValueError(msg)
    done = 0
    while True:
        # From what is not left to chance alone nothing could be said about chance.
        goal = done + STEP // size if done else (max(FIRST, STEP + always * size) - beside) // size
        last = samples if stop == "budget" else min(goal, samples)
        ask(done, last)
        done = last
        values = fit(np.arange(done))
        draws = np.stack([fit(_resampled(done, always, random)) for _ in range(RESAMPLES)])
        stable = has_converged(values, draws)
        if stable or done == samples:
            return SampledEstimate(values, draws.std(axis=0, ddof=1), done, stable)


def has_converged(values: Values, draws: npt.NDArray[np.float64]) -> bool:
    """Whether the order of the ``STRONGEST`` values, signs aside, is sure.

    ``draws``: the values from resamples, (resamples, parts). Of two neighbours in the order, either the stronger is
    so in ``SURE`` of the resamples, or they differ by less than ``TIE`` of the strongest.
    """
    sizes, drawn = np.abs(values), np.abs(draws)
    order = np.argsort(-sizes, kind="stable")[: STRONGEST + 1]
    stronger, weaker = order[:-1], order[1:]
    kept = (drawn[:, stronger] > drawn[:, weaker]).mean(axis=0) >= SURE
    tied = sizes[stronger] - sizes[weaker] < TIE * sizes[order[0]]
    # Where all are tied, nothing is known yet unless the deviations are small as well.
    steady = draws[:, order].std(axis=0) < TIE * sizes[order[0]]
    return bool(np.all(kept | (tied & steady[:-1] & steady[1:])))


def describe_convergence(found: SampledEstimate, budget: int, size: int = 1) -> str:
    """When it stopped, in a sentence."""
    asked, most = found.samples * size, budget * size
    if not found.stable:
        return f"After all {asked} samples the order of the strongest parts is still not sure."
    if found.samples < budget:
        return f"It stopped after {asked} of {most} samples: the order of the strongest parts is sure."
    return f"The order of the strongest parts is sure after {asked} samples."


def describe_spread(found: SampledEstimate) -> str:
    """How sure the strongest value is, in a sentence."""
    top = int(np.argmax(np.abs(found.values)))
    return (
        f"The strongest part: {found.values[top]:+.2g} ± {found.deviations[top]:.2g} log-odds "
        "(standard deviation over resamples)."
    )


def _resampled(count: int, always: int, random: np.random.Generator) -> Rows:
    drawn = random.integers(always, count, count - always) if count > always else np.empty(0, dtype=np.intp)
    return np.append(np.arange(always), drawn)
