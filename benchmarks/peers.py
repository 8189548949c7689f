"""The plain packages on the same network and score, called as their own tutorials do.

pytorch-grad-cam's README, lime's "Tutorial - images - Pytorch", shap's "Image classification" (Partition explainer) and
"Explain an Intermediate Layer / superpixels" (Kernel explainer).
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch

from spine_core.grading.types import DiscImage
from spine_core.networks.network import Network
from spine_core.networks.target import Target

Predict = Callable[[np.ndarray], np.ndarray]
Work = Callable[[], object]


class Whole(torch.nn.Module):
    """A network as one torch module that returns the score, (N, 1): what the packages want."""

    def __init__(self, network: Network, target: Target) -> None:
        super().__init__()
        self.network, self.target = network, target
        self.parts = torch.nn.ModuleList(member.module for member in getattr(network, "members", (network,)))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.target.log_odds(self.network.logits(pictures))[:, None]


def predictor(network: Network, target: Target) -> Predict:
    """Pictures (N, rows, columns, channels) to scores (N, 1) with plain torch."""
    model = Whole(network, target).eval()
    count = len(network.preprocessing.channels)

    def predict(pictures: np.ndarray) -> np.ndarray:
        channels = np.moveaxis(np.asarray(pictures), -1, 1)[:, :count].astype(np.float32)
        with torch.no_grad():
            return model(torch.from_numpy(np.ascontiguousarray(channels))).numpy()

    return predict


def grad_cam(network: Network, image: DiscImage, target: Target, _count: int) -> Work:
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    # It puts hooks on the model, and needs parameters with gradients: a copy keeps the shared network clean.
    model = Whole(copy.deepcopy(network), target).eval().requires_grad_()
    layers = [getattr(part, "layer4", None) or part.features for part in model.parts]
    picture = torch.from_numpy(image.pixels[None].copy())

    def work() -> object:
        with GradCAM(model=model, target_layers=layers) as cam:
            return cam(input_tensor=picture, targets=[ClassifierOutputTarget(0)])

    return work


def lime(network: Network, image: DiscImage, target: Target, count: int) -> Work:
    from lime.lime_image import LimeImageExplainer

    predict = predictor(network, target)
    picture = np.zeros((*image.pixels.shape[1:], 3))
    picture[..., : len(image.pixels)] = np.moveaxis(image.pixels, 0, -1)

    def work() -> object:
        return LimeImageExplainer().explain_instance(
            picture, predict, labels=(0,), top_labels=None, hide_color=0, num_samples=count
        )

    return work


def shap(network: Network, image: DiscImage, target: Target, count: int) -> Work:
    import shap

    predict = predictor(network, target)
    picture = np.ascontiguousarray(np.moveaxis(image.pixels, 0, -1))
    try:
        masker = shap.maskers.Image("blur(128,128)", picture.shape)
    except ImportError:
        masker = shap.maskers.Image(np.zeros_like(picture), picture.shape)
    explainer = shap.Explainer(predict, masker)

    def work() -> object:
        return explainer(picture[None], max_evals=count, batch_size=50, silent=True)

    return work
