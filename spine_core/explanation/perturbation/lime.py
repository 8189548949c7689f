"""LIME: a linear model of how the score changes when superpixels are masked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import Attribution, AttributionRequest, MethodDiagnostic, MethodFamily
from spine_core.explanation.perturbation.convergence import (
    Rows,
    describe_convergence,
    sample_until_converged,
)
from spine_core.explanation.perturbation.masked_scores import unresponsive
from spine_core.explanation.perturbation.superpixel_method import SuperpixelMethod
from spine_core.progress import Part

DIAGNOSTIC = "local R²"

KERNEL_WIDTH = 0.25
"""Width of the kernel on cosine distances, as in lime's own image explainer."""


class Lime(SuperpixelMethod):
    """LIME on SLIC superpixels, with the ``lime`` package's kernel and regression.

    Ribeiro 2016, doi 10.1145/2939672.2939778. Every sample is evaluated with its complement, as in Covert 2021
    (arXiv 2012.01536): interactions of two superpixels then cancel, and fewer samples are needed. ``samples`` draws
    them. The value of a pixel is the log-odds that its superpixel adds.
    """

    name = "lime"
    label = "LIME"
    paper = "Ribeiro et al. 2016, doi 10.1145/2939672.2939778"
    family = MethodFamily.PERTURBATION
    resolution = "The superpixels, about sixty over the disc view."
    shows = (
        "How much each superpixel adds to the score or subtracts from it, according to a local linear model."
    )
    limits = "It changes with the seed and with the baseline that replaces masked superpixels."

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``ValueError`` for an invalid setting."""
        random = np.random.RandomState(request.seed)
        segments = self.segments(request.image, request.settings)
        evaluate = self.masked_scores(request, segments)
        pairs = max(request.budget // 2, 1)
        drawn = samples(pairs, segments.count, random)
        scores = np.empty((pairs, 2))

        def sample(first: int, last: int) -> None:
            part = Part(request.progress, first / pairs, (last - first) / pairs)
            rows = drawn[first:last].reshape(-1, segments.count).astype(bool)
            scores[first:last] = evaluate(rows, part).reshape(-1, 2)

        def fit(rows: Rows) -> npt.NDArray[np.float64]:
            return ridge(drawn[rows].reshape(-1, segments.count), scores[rows].ravel())

        stop, resamples = str(request.settings["stop"]), np.random.default_rng(request.seed)
        found = sample_until_converged(sample, fit, pairs, stop, resamples, size=2)
        shown, known = drawn[: found.samples].reshape(-1, segments.count), scores[: found.samples].ravel()
        weights, r2 = regression(shown, known, random)
        empty = unresponsive(DIAGNOSTIC, known)
        return self.from_segments(
            segments,
            replace(found, values=weights),
            known,
            float(known[0]),
            empty or _diagnostic(r2, known),
            describe_convergence(found, pairs, size=2),
            is_empty=empty is not None,
        )


def samples(pairs: int, segments: int, random: np.random.RandomState) -> npt.NDArray[np.int_]:
    """Which segments are shown (1) or masked (0) in each sample and its complement, (pairs, 2, segments).

    The first sample shows all segments. In every other sample each segment is shown with probability 1/2. The samples
    form balanced blocks, in which any two segments are shown together as often as apart, so that no two columns of the
    regression are correlated by chance (folded-over designs of Plackett and Burman 1946, doi 10.1093/biomet/33.4.305,
    from Sylvester's Hadamard matrices with random rows, columns and signs).
    """
    from scipy.linalg import hadamard

    balanced = hadamard(1 << (segments - 1).bit_length()) > 0
    drawn = [np.ones((1, segments), dtype=bool)]
    while sum(map(len, drawn)) < pairs:
        columns = random.permutation(len(balanced))[:segments]
        block = balanced[random.permutation(len(balanced))][:, columns]
        drawn.append(block ^ (random.randint(0, 2, segments) == 1))
    shown = np.concatenate(drawn)[:pairs].astype(np.int_)
    return np.stack([shown, 1 - shown], axis=1)


def regression(
    shown: npt.NDArray[np.int_], responses: npt.NDArray[np.float64], random: np.random.RandomState
) -> tuple[npt.NDArray[np.float64], float]:
    """The lime package's weighted ridge regression: one weight per segment, and R² of the local fit.

    ``shown``: (N, segments), 0 or 1; the first row shows all. ``responses``: scores (N,).
    """
    from lime.lime_base import LimeBase
    from sklearn.metrics import pairwise_distances

    base = LimeBase(_kernel, random_state=random)
    distances = pairwise_distances(shown, shown[:1], metric="cosine").ravel()
    _, pairs, fit, _ = base.explain_instance_with_data(
        shown, responses[:, None], distances, label=0, num_features=shown.shape[1], feature_selection="none"
    )
    weights = np.zeros(shown.shape[1])
    for number, weight in pairs:
        weights[number] = weight
    return weights, float(fit)


def ridge(shown: npt.NDArray[np.int_], responses: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weights of ``regression`` by the normal equations, which is ten times as fast and used for resamples."""
    z = shown.astype(np.float64)
    # Cosine distance of each binary row to the row of ones.
    kernel = _kernel(1 - np.sqrt(z.mean(axis=1)))
    weights = kernel / kernel.sum()
    z -= weights @ z
    scaled = z * kernel[:, None]
    return np.asarray(
        np.linalg.solve(scaled.T @ z + np.eye(z.shape[1]), scaled.T @ (responses - weights @ responses))
    )


def _kernel(distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.sqrt(np.exp(-(distances**2) / KERNEL_WIDTH**2)))


def _diagnostic(fit: float, scores: npt.NDArray[np.float64]) -> MethodDiagnostic:
    extent = float(np.ptp(scores))
    caption = f"The linear model explains {fit:.0%} of the variance of scores that range over {extent:.2g} log-odds."
    return MethodDiagnostic(DIAGNOSTIC, fit, caption)
