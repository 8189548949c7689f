"""HiResCAM: Grad-CAM with each cell's own gradient in place of the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spine_core.explanation.cam.base import feature_gradient
from spine_core.explanation.cam.grad_cam import GradCam
from spine_core.networks.network import FeatureHead
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor


class HiResCam(GradCam):
    """HiResCAM of the last convolution. Draelos 2020, arXiv 2011.08891.

    Where the head is a mean over the maps and one linear layer, every cell of a map has the same gradient, and the
    map equals Grad-CAM's. The seed is not used.
    """

    name = "hires_cam"
    label = "HiResCAM"
    paper = "Draelos and Carin 2020, arXiv 2011.08891"
    shows = "Where the last layer found evidence; each cell has its own weight."
    limits = "It equals Grad-CAM for networks with global average pooling, such as all of these."

    def weight_maps(
        self, network: FeatureHead, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each cell times its gradient."""
        return (feature_gradient(network, maps, target) * maps)[0]
