"""Base class of methods that mask segments of the image and give each segment one value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    MethodDiagnostic,
    Settings,
)
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.convergence import SampledEstimate, describe_spread
from spine_core.explanation.perturbation.masked_scores import score_masked
from spine_core.explanation.perturbation.segments import Segments, superpixels
from spine_core.grading.types import DiscImage
from spine_core.progress import Progress

Shown = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]


class SuperpixelMethod(AttributionMethod):
    """A method that gives each superpixel one value.

    ``extra`` of its maps: "superpixels" (size, size) numbered from 0; "weights" and their standard "deviations" over
    resamples, one per superpixel; "scores", of all samples.
    """

    def defaults(self) -> dict[str, float | int | str]:
        """``samples``: maximum number of model evaluations. ``stop``: one of ``convergence.STOPS``.

        ``superpixels``: their approximate number. ``compactness``: see ``segments.superpixels``. ``baseline``: one of
        ``baselines.METHOD_BASELINES``.
        """
        return {"samples": 600, "stop": "stable", "superpixels": 60, "compactness": 0.1, "baseline": "blur"}

    def segments(self, image: DiscImage, settings: Settings) -> Segments:
        """The segments of the image."""
        count, compactness = int(settings["superpixels"]), float(settings["compactness"])
        return Segments(superpixels(image.pixels, count, compactness))

    def masked_scores(
        self, request: AttributionRequest, segments: Segments
    ) -> Callable[[Shown, Progress], Scores]:
        """A function of the segments shown, (N, segments), and a progress that returns the target's log-odds, (N,)."""
        pixels = request.image.pixels
        baseline = method_baseline(pixels, request.baseline, segments.numbers)

        def evaluate(shown: Shown, progress: Progress) -> Scores:
            return score_masked(
                request.network,
                pixels,
                baseline,
                segments.numbers,
                shown,
                request.target,
                progress,
                self.label,
            )

        return evaluate

    def from_segments(
        self,
        segments: Segments,
        found: SampledEstimate,
        scores: Scores,
        target_score: float,
        diagnostic: MethodDiagnostic,
        convergence: str,
        *,
        is_empty: bool,
    ) -> Attribution:
        """The map in which each pixel has its segment's value. ``convergence``: a sentence on when sampling stopped."""
        side = max(1, round(segments.count**0.5))
        return Attribution(
            values=segments.to_image(found.values),
            native_shape=(side, side),
            target_score=target_score,
            diagnostic=diagnostic,
            model_evaluations=len(scores),
            is_empty=is_empty,
            notes=() if is_empty else (convergence, describe_spread(found)),
            segment_names=segments.names,
            extra={
                "superpixels": segments.numbers,
                "weights": found.values,
                "deviations": found.deviations,
                "scores": scores,
            },
        )
