"""Class activation maps: what the last convolution's maps show, each weighted in the method's own way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    MethodDiagnostic,
    MethodFamily,
)
from spine_core.grading.types import ModelId
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

ZERO = 1e-3
"""A peak below this share of what was added up, signs aside, is what cancellation leaves over, not evidence."""


STRONGEST = "strongest evidence"


@runtime_checkable
class FeatureHeadModel(Protocol):
    """A network that can be run in two halves, so that no hook has to be put on it."""

    id: ModelId
    feature_layout: tuple[tuple[int, float], ...]
    """Of every network whose maps lie side by side: how many, and the pixel that their first cell is centred on."""

    def features(self, pictures: Tensor) -> Tensor:
        """Maps of the last convolution, (N, C, rows, columns), none of them negative."""
        ...

    def head(self, features: Tensor) -> Tensor:
        """Logits (N, LOGITS) from those maps."""
        ...


class Cam(AttributionMethod):
    """What the methods of this family share; each weights the maps in ``weight_maps``.

    The raw map (``extra["raw"]``, native grid, signed) is the sum of the weighted maps. An ensemble's maps are those of
    its members side by side, weighted by what they do to the one answer of all (``extra["members"]``: the sum of each
    member's). Shown is the positive part, enlarged.
    """

    family = MethodFamily.ACTIVATION
    signed = False
    resolution = (
        "The cells of the network's last layer, 12 × 12 over the disc view (8 × 8 of coarse networks); each sees far "
        "around itself."
    )

    def weight_maps(
        self, network: FeatureHeadModel, maps: Tensor, target: Target, seed: int, progress: Progress
    ) -> Tensor:
        """Every map (C, rows, columns) times its weight; ``maps`` (1, C, rows, columns)."""
        raise NotImplementedError

    def diagnostic(self, peak: float, gross: float) -> MethodDiagnostic:
        """``peak``: of the raw map. ``gross``: the same, had nothing cancelled."""
        caption = (
            f"The strongest cell reaches {peak:.3g}; the strongest, had nothing cancelled, {gross:.3g}. "
            "Only cells of one map can be compared."
        )
        return MethodDiagnostic(STRONGEST, max(peak, 0.0), caption)

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``TypeError`` for a network that cannot be run in two halves."""
        split = require_feature_head(request.network, self.label)
        return self.from_feature_maps(request, last_feature_maps(split, request.image.pixels[None]))

    def from_feature_maps(self, request: AttributionRequest, maps: Tensor) -> Attribution:
        """The attribution from the last convolution's maps (1, C, rows, columns) of the request's image."""
        import torch

        network = require_feature_head(request.network, self.label)
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


def require_feature_head(network: object, label: str) -> FeatureHeadModel:
    """``network``, where it can be run in two halves. Raises ``TypeError`` where it cannot."""
    if not isinstance(network, FeatureHeadModel):
        msg = f"{label} needs a network with features() and head(), {type(network).__name__} has not"
        raise TypeError(msg)
    return network


def last_feature_maps(network: FeatureHeadModel, pictures: npt.NDArray[np.float32]) -> Tensor:
    """Maps of the last convolution for pictures (N, channels, size, size): (N, C, rows, columns)."""
    import torch

    # Tensors made in inference mode could not be followed by gradients later.
    with torch.inference_mode(mode=False), torch.no_grad():
        return network.features(torch.from_numpy(np.array(pictures, dtype=np.float32)))


@contextmanager
def differentiable() -> Iterator[None]:
    """Lets torch follow gradients, though the caller's thread may be in inference mode."""
    import torch

    with torch.inference_mode(mode=False), torch.enable_grad():
        yield


def feature_gradient(network: FeatureHeadModel, maps: Tensor, target: Target) -> Tensor:
    """Gradient of the target's log-odds by every cell of ``maps``: (1, C, rows, columns)."""
    import torch

    maps = maps.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(target.log_odds(network.head(maps)).sum(), maps)
    return gradient


def upsample(raw: npt.NDArray[np.float32], size: int, first: float = 0.0) -> npt.NDArray[np.float32]:
    """The cells, bilinearly enlarged to (size, size).

    Cell i is drawn around pixel i * stride + ``first``, where the network sees it from: convolutions and poolings
    with odd kernels and even padding have ``first`` 0. The usual enlargement draws it around the middle of its
    square, (stride - 1) / 2 pixels down and to the right, which at 16 pixels a cell is a third of a disc's height.
    """
    step = raw.shape[0] / size
    return np.asarray(
        ndimage.affine_transform(
            raw, np.array([step, step]), -first * step, output_shape=(size, size), order=1, mode="nearest"
        ),
        dtype=np.float32,
    )


def _no_evidence() -> MethodDiagnostic:
    return MethodDiagnostic(STRONGEST, 0.0, "No cell is evidence for this target; the map is empty.")
