"""Eigen-CAM: the first principal component of the last convolution's maps, independent of the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spine_core.explanation.base import MethodDiagnostic
from spine_core.explanation.cam.base import Cam
from spine_core.networks.network import FeatureHead
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor


class EigenCam(Cam):
    """First principal component of the last convolution's maps. Muhammad 2020, arXiv 2008.00299.

    Each map is centred, as in pytorch-grad-cam. The sign is chosen to increase with the maps' activity.
    Neither the target nor the seed is used.
    """

    name = "eigen_cam"
    label = "Eigen-CAM"
    paper = "Muhammad and Yeasin 2020, arXiv 2008.00299"
    shows = "Where the last layer is most active, reduced to its dominant pattern."
    limits = "It does not depend on the target: every grade of every condition gets the same map."

    def weight_maps(
        self, network: FeatureHead, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each centred map times its loading on the first component."""
        import torch

        flat = maps[0].flatten(start_dim=1)
        centred = flat - flat.mean(dim=1, keepdim=True)
        direction: Tensor = torch.linalg.svd(centred, full_matrices=False).U[:, 0]
        if (direction @ centred) @ centred.sum(dim=0) < 0:
            direction = -direction
        return (direction[:, None] * centred).reshape(maps.shape[1:])

    def diagnostic(self, peak: float, gross: float) -> MethodDiagnostic:
        """None: activity is not evidence."""
        return MethodDiagnostic("", None, "It shows activity, not evidence, and has no measure of its own.")
