"""Grad-CAM: which cells of the last convolution's maps raised the score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spine_core.explain.cam import Cam, Splittable, map_gradient
from spine_core.explain.model import OwnScore
from spine_core.grading.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor


class GradCam(Cam):
    """Grad-CAM of the last convolution. Selvaraju 2017, doi 10.1109/ICCV.2017.74.

    Weights every feature map with the mean of its gradient. Where the head is a mean over the maps and one linear
    layer and the target is a single logit, as for the binary conditions, the raw cells add up to the log-odds less
    the layer's bias. The seed is not used.
    """

    name = "grad_cam"
    label = "Grad-CAM"
    paper = "Selvaraju et al. 2017, doi 10.1109/ICCV.2017.74"
    shows = "Where the last layer of the network found evidence for the answer."
    limits = (
        "It is coarse, each cell sees far around itself, and it does not show what spoke against the answer."
    )

    def weighted(
        self, network: Splittable, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each map times the mean of its gradient."""
        return (map_gradient(network, maps, target).mean(dim=(2, 3), keepdim=True) * maps)[0]

    def own_score(self, peak: float, gross: float) -> OwnScore:
        """The peak, in log-odds."""
        caption = (
            f"The strongest cell adds {peak:.3g} log-odds; the strongest, had nothing cancelled, {gross:.3g}. "
            "A small peak means faint evidence however bright its colour."
        )
        return OwnScore("peak before scaling", peak, caption)
