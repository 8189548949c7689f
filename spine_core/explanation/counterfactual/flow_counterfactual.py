"""Counterfactual: what has to change in the disc for the network to report another grade."""

from __future__ import annotations

import numpy as np

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    MethodDiagnostic,
    MethodFamily,
)
from spine_core.networks.target import Target
from spine_core.progress import Part
from spine_core.synthesis.counterfactual import what_if
from spine_core.synthesis.generator import released_generator, why_not_this_view
from spine_core.synthesis.goal import grade_scores, other_grade
from spine_core.synthesis.resize import SIDE
from spine_core.synthesis.types import Turn, WhatIf


class Counterfactual(AttributionMethod):
    """How much each pixel changes in the smallest what-if image that turns the answer (``synthesis.counterfactual``).

    A pixel's value is its absolute change, mean over the weightings that are there; whether it becomes brighter or
    darker is in ``extra["difference"]`` (channels, size, size). Brightness has no sign for or against a grade, so the
    map has none. Empty where no image that the generator makes turns the answer. The seed is not used.
    """

    name = "counterfactual"
    label = "What-if change"
    paper = "Augustin et al. 2022, arXiv 2210.11841; Lipman et al. 2023, arXiv 2210.02747"
    family = MethodFamily.COUNTERFACTUAL
    signed = False
    resolution = "A 64th of the disc view, the generator's pixels."
    shows = "Where the disc has to look different for the network to report another grade."
    limits = (
        "Depends on the generator as well. It can change the disc and, by condition, its endplates or the canal behind "
        "it, and nothing else."
    )

    def why_unavailable(self, network: object) -> str:
        """The generator makes the released networks' view of a disc only."""
        return why_not_this_view(getattr(network, "preprocessing", None))

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``WeightsError`` where the generator is missing or changed."""
        network, image, target = request.network, request.image, request.target
        score = float(network.score(image.pixels[None], target)[0])
        waiting = Part(request.progress, 0.0, 0.0)
        grade = other_grade(target, grade_scores(network, image.pixels[None], target, waiting))
        goal = Target(target.condition, grade, output=target.output)
        found = what_if(network, image, goal, released_generator(), progress=request.progress)
        there = np.any(image.pixels, axis=(1, 2))
        change = (
            np.abs(found.difference[there]).mean(axis=0) if there.any() else np.zeros((request.size,) * 2)
        )
        is_empty = found.turn is not Turn.TURNED or not change.any()
        return Attribution(
            values=change,
            native_shape=(SIDE, SIDE),
            target_score=score,
            diagnostic=_diagnostic(found),
            model_evaluations=found.evaluations + 2,
            is_empty=is_empty,
            notes=("No image that the generator makes turns the answer.",) if is_empty else (),
            extra={"difference": found.difference, "what_if": found.changed},
        )


def _diagnostic(found: WhatIf) -> MethodDiagnostic:
    before, after = found.probabilities[0], found.probabilities[-1]
    caption = f"{found.goal.label()}: {before:.0%} for the real image, {after:.0%} for the what-if image."
    return MethodDiagnostic("probability of the other grade", after, caption)
