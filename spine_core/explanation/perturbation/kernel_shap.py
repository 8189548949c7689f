"""Kernel SHAP: Shapley values of superpixels."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import comb

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import Attribution, AttributionRequest, MethodDiagnostic, MethodFamily
from spine_core.explanation.perturbation.coalitions import coalitions
from spine_core.explanation.perturbation.convergence import (
    Rows,
    SampledEstimate,
    describe_convergence,
    sample_until_converged,
)
from spine_core.explanation.perturbation.masked_scores import unresponsive
from spine_core.explanation.perturbation.superpixel_method import SuperpixelMethod
from spine_core.progress import Part, Progress

DIAGNOSTIC = "split-half correlation"

Shown = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


class KernelShap(SuperpixelMethod):
    """Shapley values by weighted regression. Lundberg 2017, arXiv 1705.07874; paired sampling as in Covert 2021.

    Every coalition is evaluated with its complement, which halves the variance (arXiv 2012.01536); ``coalitions``
    samples them. Where the budget covers all coalitions, all are evaluated and the values are exact.
    """

    name = "kernel_shap"
    label = "Kernel SHAP"
    paper = "Lundberg and Lee 2017, arXiv 1705.07874; Covert and Lee 2021, arXiv 2012.01536"
    family = MethodFamily.PERTURBATION
    resolution = "The superpixels, about sixty over the disc view."
    shows = "Shapley values of superpixels that follow the image's own borders."
    limits = "It changes with the seed and with the baseline that replaces masked superpixels."

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``ValueError`` for an invalid setting."""
        segments = self.segments(request.image, request.settings)
        evaluate = self.masked_scores(request, segments)
        scores: list[Values] = []

        def evaluated(shown: Shown, part: Progress) -> Values:
            scores.append(evaluate(shown, part))
            return scores[-1]

        stop = str(request.settings["stop"])
        found, half, convergence = shapley_values(
            evaluated, segments.count, request.budget, stop, request.seed, request.progress
        )
        known = np.concatenate(scores)
        empty = unresponsive(DIAGNOSTIC, known)
        return self.from_segments(
            segments,
            found,
            known,
            float(known[1]),
            empty or _diagnostic(half),
            convergence,
            is_empty=empty is not None,
        )


def shapley_values(
    evaluate: Callable[[Shown, Progress], Values],
    count: int,
    budget: int,
    stop: str,
    seed: int,
    progress: Progress,
) -> tuple[SampledEstimate, float | None, str]:
    """Shapley values of ``count`` segments, their split-half correlation, and a sentence on when sampling stopped.

    ``evaluate(shown, progress)`` returns the scores (N,) of coalitions (N, segments). It evaluates at most ``budget``
    coalitions, in addition to the empty and the full one.
    """
    ends = np.repeat([[False], [True]], count, axis=1)
    if 2**count - 2 <= budget:
        shown = np.array(list(product((False, True), repeat=count))[1:-1], dtype=bool).reshape(-1, count)
        empty, full, *others = evaluate(np.concatenate([ends, shown]), progress)
        values = solve(shown, np.array(others), empty, full, _kernel(shown))
        exact = SampledEstimate(values, np.zeros(count), len(shown), stable=True)
        return (
            exact,
            None,
            f"All {len(shown) + 2} combinations of parts were evaluated: the values are exact.",
        )
    pairs = max(budget // 2, 1)
    drawn = coalitions(pairs, count, np.random.default_rng(seed))
    both = np.stack([drawn.shown, ~drawn.shown], axis=1)
    rows_shown = np.concatenate([ends, both.reshape(-1, count)])
    scores = np.empty(len(rows_shown))
    responses = scores[len(ends) :].reshape(pairs, 2)

    def sample(first: int, last: int) -> None:
        part = Part(progress, first / pairs, (last - first) / pairs)
        new = slice(len(ends) + 2 * first if first else 0, len(ends) + 2 * last)
        scores[new] = evaluate(rows_shown[new], part)

    def fit(rows: Rows) -> Values:
        weights = np.repeat(drawn.weights(rows), 2)
        return solve(both[rows].reshape(-1, count), responses[rows].ravel(), scores[0], scores[1], weights)

    found = sample_until_converged(
        sample,
        fit,
        pairs,
        stop,
        np.random.default_rng([seed, 1]),
        size=2,
        always=drawn.exhaustive,
        extra=len(ends),
    )
    return (
        found,
        _split_half(fit, drawn.exhaustive, found.samples),
        describe_convergence(found, pairs, size=2),
    )


def _split_half(fit: Callable[[Rows], Values], exhaustive: int, samples: int) -> float | None:
    """Correlation of the values from the two halves of the random samples; both contain the ``exhaustive`` ones."""
    if samples - exhaustive < 2:
        return None
    rows = np.arange(samples)
    halves = [fit(np.append(rows[:exhaustive], rows[exhaustive + start :: 2])) for start in (0, 1)]
    if any(np.ptp(one) == 0 for one in halves):
        return None
    return float(np.corrcoef(halves[0], halves[1])[0, 1])


def solve(
    shown: Shown, responses: Values, empty: float, full: float, weights: Values | None = None
) -> Values:
    """The weighted least-squares values (segments,) whose sum is ``full`` minus ``empty``.

    ``shown``: coalitions (N, segments). ``responses``: their scores (N,). ``weights``: (N,), None for equal weights.
    """
    count, change = shown.shape[1], float(full - empty)
    if count == 1:
        return np.array([change])
    z = shown.astype(np.float64)
    # The last value follows from the sum of all.
    design, response = z[:, :-1] - z[:, -1:], responses - empty - z[:, -1] * change
    scaled = design if weights is None else design * weights[:, None]
    values = np.linalg.lstsq(scaled.T @ design, scaled.T @ response, rcond=None)[0]
    return np.append(values, change - values.sum())


def _kernel(shown: Shown) -> Values:
    """Shapley kernel of coalitions (N, segments): (N,)."""
    count = shown.shape[1]
    return np.array([(count - 1) / (comb(count, s) * s * (count - s)) for s in shown.sum(axis=1).tolist()])


def _diagnostic(half: float | None) -> MethodDiagnostic:
    if half is None:
        return MethodDiagnostic(DIAGNOSTIC, None, "The values were not sampled, or do not differ.")
    caption = (
        f"Values from two halves of the samples correlate {half:.2f} (Pearson, over segments); a low value means "
        "that more samples would change them."
    )
    return MethodDiagnostic(DIAGNOSTIC, half, caption)
