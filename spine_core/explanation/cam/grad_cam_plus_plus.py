"""Grad-CAM++: Grad-CAM that weights small regions of evidence as much as large ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spine_core.explanation.cam.base import Cam, feature_gradient
from spine_core.networks.network import FeatureHead
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

TINY = 1e-6
"""Keeps the denominator above 0; pytorch-grad-cam's value."""


class GradCamPlusPlus(Cam):
    """Grad-CAM++ of the last convolution. Chattopadhay 2018, doi 10.1109/WACV.2018.00097, equation 19.

    Only positive gradients count, each normalised by the activity of its map. The seed is not used.
    """

    name = "grad_cam_plus_plus"
    label = "Grad-CAM++"
    paper = "Chattopadhay et al. 2018, doi 10.1109/WACV.2018.00097"
    shows = "Where the last layer found evidence; several regions are shown more evenly than by Grad-CAM."
    limits = (
        "Feature maps with evidence against the target are left out of the sum, so a region may appear positive "
        "where they outweigh the others."
    )

    def weight_maps(
        self, network: FeatureHead, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each map times the weighted sum of its positive gradients."""
        gradient = feature_gradient(network, maps, target)
        activity = maps.sum(dim=(2, 3), keepdim=True)
        alpha = gradient**2 / (2 * gradient**2 + activity * gradient**3 + TINY)
        weights = (alpha * gradient.clamp_min(0)).sum(dim=(2, 3), keepdim=True)
        return (weights * maps)[0]
