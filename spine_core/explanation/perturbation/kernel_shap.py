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
    """Shapley values by weighted regression. Lundberg 2017, arXiv 1705.07874; sampled in pairs as in Covert 2021.

    Every sample comes with its opposite (what it shows is hidden, and the other way round), which halves the noise
    (arXiv 2012.01536); ``coalitions`` says which are asked. Where all choices fit into the budget they are all asked
    and the values are exact.
    """

    name = "kernel_shap"
    label = "Kernel SHAP"
    paper = "Lundberg and Lee 2017, arXiv 1705.07874; Covert and Lee 2021, arXiv 2012.01536"
    family = MethodFamily.PERTURBATION
    resolution = "The superpixels, about sixty over the disc view."
    shows = "Shapley values of superpixels that follow the image's own borders."
    limits = "It changes with the seed and with the baseline that replaces masked superpixels."

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``ValueError`` for a bad setting."""
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
    ask: Callable[[Shown, Progress], Values],
    count: int,
    budget: int,
    stop: str,
    seed: int,
    progress: Progress,
) -> tuple[SampledEstimate, float | None, str]:
    """Shapley values of ``count`` pieces, their split-half correlation, and when sampling stopped, in words.

    ``ask(shown, progress)``: answers (N,) for what is shown (N, pieces). At most ``budget`` answers beside the two
    with everything hidden and everything shown.
    """
    ends = np.repeat([[False], [True]], count, axis=1)
    if 2**count - 2 <= budget:
        shown = np.array(list(product((False, True), repeat=count))[1:-1], dtype=bool).reshape(-1, count)
        empty, full, *others = ask(np.concatenate([ends, shown]), progress)
        values = solve(shown, np.array(others), empty, full, _kernel(shown))
        exact = SampledEstimate(values, np.zeros(count), len(shown), stable=True)
        return exact, None, f"All {len(shown) + 2} choices of parts were asked: the values are exact."
    pairs = max(budget // 2, 1)
    drawn = coalitions(pairs, count, np.random.default_rng(seed))
    both = np.stack([drawn.shown, ~drawn.shown], axis=1)
    choices = np.concatenate([ends, both.reshape(-1, count)])
    everything = np.empty(len(choices))
    answers = everything[len(ends) :].reshape(pairs, 2)

    def asked(first: int, last: int) -> None:
        part = Part(progress, first / pairs, (last - first) / pairs)
        new = slice(len(ends) + 2 * first if first else 0, len(ends) + 2 * last)
        everything[new] = ask(choices[new], part)

    def fit(rows: Rows) -> Values:
        weights = np.repeat(drawn.weights(rows), 2)
        return solve(
            both[rows].reshape(-1, count), answers[rows].ravel(), everything[0], everything[1], weights
        )

    found = sample_until_converged(
        asked,
        fit,
        pairs,
        stop,
        np.random.default_rng([seed, 1]),
        size=2,
        always=drawn.whole,
        beside=len(ends),
    )
    return found, _split_half(fit, drawn.whole, found.samples), describe_convergence(found, pairs, size=2)


def _split_half(fit: Callable[[Rows], Values], whole: int, samples: int) -> float | None:
    """Correlation of the values from every other drawn sample; both halves hold the ``whole`` that were not drawn."""
    if samples - whole < 2:
        return None
    rows = np.arange(samples)
    halves = [fit(np.append(rows[:whole], rows[whole + start :: 2])) for start in (0, 1)]
    if any(np.ptp(one) == 0 for one in halves):
        return None
    return float(np.corrcoef(halves[0], halves[1])[0, 1])


def solve(shown: Shown, answers: Values, empty: float, full: float, weights: Values | None = None) -> Values:
    """The weighted least-squares values that add up to ``full`` less ``empty``: (pieces,)."""
    count, change = shown.shape[1], float(full - empty)
    if count == 1:
        return np.array([change])
    z = shown.astype(np.float64)
    # The last value is what the others leave over.
    design, response = z[:, :-1] - z[:, -1:], answers - empty - z[:, -1] * change
    scaled = design if weights is None else design * weights[:, None]
    values = np.linalg.lstsq(scaled.T @ design, scaled.T @ response, rcond=None)[0]
    return np.append(values, change - values.sum())


def _kernel(shown: Shown) -> Values:
    """Shapley kernel of every choice of parts."""
    count = shown.shape[1]
    return np.array([(count - 1) / (comb(count, s) * s * (count - s)) for s in shown.sum(axis=1).tolist()])


def _diagnostic(half: float | None) -> MethodDiagnostic:
    if half is None:
        return MethodDiagnostic(DIAGNOSTIC, None, "The values were not sampled, or do not differ.")
    caption = (
        f"Values from two halves of the samples correlate {half:.2f} (Pearson, over segments); a low value says that "
        "more samples would change them."
    )
    return MethodDiagnostic(DIAGNOSTIC, half, caption)
