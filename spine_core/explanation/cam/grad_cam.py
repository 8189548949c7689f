"""Grad-CAM: which cells of the last convolution's feature maps raise the score."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from spine_core.explanation.base import AttributionRequest, Explanation, MethodDiagnostic, ScoreModel
from spine_core.explanation.cam.base import (
    STRONGEST,
    Cam,
    feature_gradient,
    last_feature_maps,
)
from spine_core.grading.types import DiscImage
from spine_core.networks.network import TORCH_BATCH, FeatureHead, batches
from spine_core.networks.target import Target
from spine_core.progress import Progress, silent

if TYPE_CHECKING:
    from torch import Tensor


class GradCam(Cam):
    """Grad-CAM of the last convolution. Selvaraju 2017, doi 10.1109/ICCV.2017.74.

    Weights every feature map with the mean of its gradient. Where the head is a mean over the maps and one linear
    layer and the target is a single logit, as for the binary conditions, the sum of the raw cells is the log-odds
    minus the layer's bias. The seed is not used.
    """

    name = "grad_cam"
    label = "Grad-CAM"
    paper = "Selvaraju et al. 2017, doi 10.1109/ICCV.2017.74"
    shows = "Where the last layer of the network found evidence for the target."
    limits = "It is coarse, each cell has a large receptive field, and it does not show evidence against the target."

    def weight_maps(
        self, network: FeatureHead, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each map times the mean of its gradient."""
        return (feature_gradient(network, maps, target).mean(dim=(2, 3), keepdim=True) * maps)[0]

    def diagnostic(self, peak: float, gross: float) -> MethodDiagnostic:
        """The peak, in log-odds."""
        caption = (
            f"The strongest cell adds {peak:.3g} log-odds; without cancellation it would add {gross:.3g}. "
            "A small peak means weak evidence, even where the colour is bright."
        )
        return MethodDiagnostic(STRONGEST, peak, caption, "log-odds")


def grad_cam_all(
    network: ScoreModel,
    images: Sequence[DiscImage],
    targets: Sequence[Sequence[Target]],
    progress: Progress = silent,
) -> tuple[tuple[Explanation, ...], ...]:
    """Grad-CAM of every target of every disc; ``targets[i]`` are those of ``images[i]``.

    The feature maps of all discs are computed once, in batches of ``TORCH_BATCH``; each target then needs a gradient
    of the head. The maps equal those of ``explain("grad_cam", ...)`` within 1e-5, since torch rounds differently in a
    batch. ``seconds`` leaves out the pass that the targets share. Raises ``TypeError`` for a network without
    a layer of feature maps, ``ValueError`` where ``images`` and ``targets`` differ in length, ``Cancelled`` between
    targets.
    """
    method, found = GradCam(), []
    if len(images) != len(targets):
        msg = f"{len(images)} discs need as many lists of targets, got {len(targets)}"
        raise ValueError(msg)
    total = max(sum(map(len, targets)), 1)
    done = 0
    pixels = np.stack([image.pixels for image in images]) if images else np.empty((0, 0, 0, 0), np.float32)
    for part, batch in batches(pixels, TORCH_BATCH):
        progress(done / total, method.label)
        maps = last_feature_maps(network, batch, method.label)
        for row, (image, of_image) in enumerate(zip(images[part], targets[part], strict=True)):
            of_disc = []
            for target in of_image:
                progress(done / total, method.label)
                done += 1
                started = time.perf_counter()
                request = AttributionRequest(network, image, target, 0, {}, silent)
                cam = method.from_feature_maps(request, maps[row : row + 1])
                of_disc.append(method.explanation(request, cam, time.perf_counter() - started))
            found.append(tuple(of_disc))
    progress(1.0, method.label)
    return tuple(found)
