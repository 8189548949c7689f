"""Random-CAM: the last convolution's maps with random weights, the control of the activation family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spine_core.explanation.base import MethodDiagnostic, MethodFamily
from spine_core.explanation.cam.base import Cam
from spine_core.networks.network import FeatureHead
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor


class RandomCam(Cam):
    """Weights drawn uniformly from -1 to 1 with the seed, as in pytorch-grad-cam."""

    name = "random_cam"
    label = "Random-CAM"
    paper = "Control of pytorch-grad-cam, Gildenblat 2021, github.com/jacobgil/pytorch-grad-cam"
    family = MethodFamily.CONTROL
    shows = "The last layer's feature maps with random weights."
    limits = "It uses the image but not the target: a map that does no better explains nothing."

    def weight_maps(
        self, network: FeatureHead, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each map times a random number."""
        import torch

        weights = np.random.default_rng(seed).uniform(-1, 1, maps.shape[1]).astype(np.float32)
        return torch.from_numpy(weights).to(maps)[:, None, None] * maps[0]

    def diagnostic(self, peak: float, gross: float) -> MethodDiagnostic:
        """None: a control."""
        return MethodDiagnostic("", None, "A control: made without the network's score.")
