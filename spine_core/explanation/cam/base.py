"""Class activation maps: weighted sums of the last convolution's feature maps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    MethodDiagnostic,
    MethodFamily,
    Needs,
)
from spine_core.networks.network import FeatureHead, Network
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

ZERO = 1e-3
"""A peak below this fraction of the summed absolute values is a residue of cancellation, not evidence."""

STRONGEST = "strongest evidence"


class Cam(AttributionMethod):
    """Base class of the family; each method weights the feature maps in ``weight_maps``.

    The raw map (``extra["raw"]``, native grid, signed) is the sum of the weighted feature maps. An ensemble's feature
    maps are those of its members, weighted by their effect on the ensemble's score (``extra["members"]``: the sum for
    each member). The attribution is the positive part, upsampled.
    """

    family = MethodFamily.ACTIVATION
    signed = False
    needs = Needs.FEATURE_MAPS
    resolution = (
        "The cells of the network's last layer, 12 × 12 over the disc view (8 × 8 of coarse networks); each has a "
        "large receptive field."
    )

    def weight_maps(
        self, network: FeatureHead, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Each feature map times its weight, (C, rows, columns), for ``maps`` (1, C, rows, columns)."""
        raise NotImplementedError

    def diagnostic(self, peak: float, gross: float) -> MethodDiagnostic:
        """The diagnostic. ``peak``: of the raw map. ``gross``: peak of the sum of absolute values."""
        caption = (
            f"The strongest cell reaches {peak:.3g}; without cancellation it would reach {gross:.3g}. "
            "Only cells of one map can be compared."
        )
        return MethodDiagnostic(STRONGEST, max(peak, 0.0), caption)

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``TypeError`` for a network without a layer of feature maps."""
        images = request.image.pixels[None]
        return self.from_feature_maps(request, last_feature_maps(request.network, images, self.label))

    def from_feature_maps(self, request: AttributionRequest, maps: Tensor) -> Attribution:
        """The attribution from the last convolution's feature maps (1, C, rows, columns) of the request's image."""
        import torch

        network = require_feature_head(request.network, as_tensor(request.image.pixels[None]), self.label)
        with differentiable():
            with torch.no_grad():
                score = float(request.target.log_odds(network.head(maps))[0])
            weighted = self.weight_maps(network, maps, request.target, request.seed, request.progress)
            weighted = weighted.detach().cpu()
        counts = [count for count, _ in network.feature_layout]
        members = [part.sum(dim=0).numpy() for part in torch.split(weighted, counts)]
        raw = np.sum(members, axis=0)
        gross, peak = float(weighted.abs().sum(dim=0).max()), float(raw.max())
        empty = not peak > ZERO * gross
        enlarged = [
            upsample(one, request.size, first)
            for one, (_, first) in zip(members, network.feature_layout, strict=True)
        ]
        return Attribution(
            values=np.maximum(np.sum(enlarged, axis=0), 0),
            native_shape=(raw.shape[0], raw.shape[1]),
            target_score=score,
            diagnostic=_no_evidence() if empty else self.diagnostic(peak, gross),
            model_evaluations=1,
            is_empty=empty,
            extra={"raw": raw, "members": np.stack(members)},
        )


def require_feature_head(network: object, images: Tensor, label: str) -> FeatureHead:
    """``network`` split into feature maps and head for ``images``. Raises ``TypeError`` where it has no such layer."""
    split = network.feature_head(images) if isinstance(network, Network) else network
    if not isinstance(split, FeatureHead):
        msg = f"{label} needs a layer with feature maps, and {type(network).__name__} has none"
        raise TypeError(msg)
    return split


def as_tensor(images: npt.NDArray[np.float32]) -> Tensor:
    """A copy of ``images`` for torch. Autograd cannot use tensors that were created in inference mode."""
    import torch

    with torch.inference_mode(mode=False):
        return torch.from_numpy(np.array(images, dtype=np.float32))


def last_feature_maps(network: object, images: npt.NDArray[np.float32], label: str) -> Tensor:
    """Feature maps of the last convolution for images (N, channels, size, size): (N, C, rows, columns).

    Raises ``TypeError`` for a network without such a layer. ``label``: what needs the maps, for the message.
    """
    import torch

    given = as_tensor(images)
    with torch.inference_mode(mode=False), torch.no_grad():
        return require_feature_head(network, given, label).features(given)


@contextmanager
def differentiable() -> Iterator[None]:
    """Enables autograd, even where the caller's thread is in inference mode."""
    import torch

    with torch.inference_mode(mode=False), torch.enable_grad():
        yield


def feature_gradient(network: FeatureHead, maps: Tensor, target: Target) -> Tensor:
    """Gradient of the target's log-odds with respect to ``maps``: (1, C, rows, columns)."""
    import torch

    maps = maps.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(target.log_odds(network.head(maps)).sum(), maps)
    return gradient


def upsample(raw: npt.NDArray[np.float32], size: int, first: float = 0.0) -> npt.NDArray[np.float32]:
    """The native map ``raw`` (rows, columns), bilinearly upsampled to (size, size).

    Cell i is centred on pixel i * stride + ``first``, the centre of its receptive field: ``first`` is 0 for
    convolutions and poolings with odd kernels and symmetric padding. The usual upsampling centres it on the middle of
    its square, (stride - 1) / 2 pixels further down and right: a third of a disc's height at 16 pixels per cell.
    """
    step = raw.shape[0] / size
    return np.asarray(
        ndimage.affine_transform(
            raw, np.array([step, step]), -first * step, output_shape=(size, size), order=1, mode="nearest"
        ),
        dtype=np.float32,
    )


def _no_evidence() -> MethodDiagnostic:
    return MethodDiagnostic(STRONGEST, 0.0, "No cell holds evidence for this target; the map is empty.")
