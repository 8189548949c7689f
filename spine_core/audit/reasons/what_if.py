"""A what-if image as a reason: the smallest change found of this disc that turns the answer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.audit.reasons.base import GradedDisc, Reason
from spine_core.audit.reasons.content import Picture, ReasonContent, png_of
from spine_core.networks.backend import resolve_backend
from spine_core.networks.network import TORCH
from spine_core.synthesis.counterfactual import what_if
from spine_core.synthesis.generator import released_generator, why_not_this_view
from spine_core.synthesis.goal import other_target
from spine_core.synthesis.stamp import as_grey, png
from spine_core.synthesis.types import Turn
from spine_core.synthesis.types import WhatIf as Found

NOTE = (
    "Synthetic, for research and teaching: what this network and this generator take for the other grade, not what the "
    "patient's disc will look like or has looked like."
)
NOT_TURNED = "no image that the generator makes of this disc turns the answer"
SCALE = 3
"""Pixels of the synthetic picture per pixel of the network's input."""
LEAST = 0.2
"""Change of full colour, at least, in standard deviations of the intensity: less is noise and is never stretched."""
RED, BLUE = np.array([178, 24, 43]), np.array([33, 102, 172])
"""Brighter and darker; both ends of the colour scale RdBu, which the colour-blind tell apart."""


class WhatIf(Reason):
    """The disc as the network would grade it otherwise (``synthesis``)."""

    name = "what_if"
    label = "What-if image"

    def make(self, disc: GradedDisc) -> ReasonContent:
        """Real image, synthetic image and the change, on the first weighting of the network's input."""
        network = resolve_backend(disc.network, TORCH)
        if reason := why_not_this_view(getattr(network, "preprocessing", None)):
            raise ValueError(reason)
        found = what_if(network, disc.image, other_target(disc.finding), released_generator())
        if found.turn is not Turn.TURNED:
            raise ValueError(NOT_TURNED)
        position = next(number for number, one in enumerate(disc.image.channels) if one is not None)
        return _content(found, position)


def _content(found: Found, position: int) -> ReasonContent:
    before, after = found.probabilities[0], found.probabilities[-1]
    goal = found.goal.short_label()
    real, changed = as_grey(found.real[position]), as_grey(found.changed[position])
    return ReasonContent(
        (f"{goal}: {before:.0%} for the real image, {after:.0%} for the synthetic one.",),
        pictures=(
            Picture("Real", png_of(real)),
            Picture("Changed (synthetic)", png(changed, found.generator, f"what-if image: {goal}", SCALE)),
            Picture(
                "Change: red brighter, blue darker",
                png_of(_coloured(found.difference[position], float(np.abs(found.difference).max()))),
            ),
        ),
        note=NOTE,
    )


def _coloured(change: npt.NDArray[np.float32], peak: float) -> npt.NDArray[np.uint8]:
    """White where nothing changes. ``peak``: the largest change of all weightings, which share the scale."""
    part = np.clip(change / max(peak, LEAST), -1, 1)[..., None]
    end = np.where(part > 0, RED, BLUE)
    return np.asarray(255 + np.abs(part) * (end - 255), dtype=np.uint8)
