"""Class activation maps: what the last convolution's maps show, each weighted in the method's own way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.explanation.base import Explanation, MethodDiagnostic, MethodFamily, ScoreModel
from spine_core.explanation.settings import resolve
from spine_core.grading.types import DiscImage, ModelId
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

ZERO = 1e-3
"""A peak below this share of what was added up, signs aside, is what cancellation leaves over, not evidence."""


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


class Cam:
    """What the methods of this family share; each weights the maps in ``weight_maps``.

    The raw map (``extra["raw"]``, native grid, signed) is the sum of the weighted maps. An ensemble's maps are those of
    its members side by side, weighted by what they do to the one answer of all (``extra["members"]``: the sum of each
    member's). Shown is the positive part, enlarged.
    """

    name: str
    label: str
    paper: str
    family = MethodFamily.ACTIVATION
    signed = False
    resolution = (
        "The cells of the network's last layer, 12 × 12 over the disc view (8 × 8 of coarse networks); each sees far "
        "around itself."
    )
    shows: str
    limits: str

    def defaults(self) -> dict[str, float | int | str]:
        """No settings."""
        return {}

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
        return MethodDiagnostic("peak before scaling", max(peak, 0.0), caption)

    def attribute(
        self,
        network: ScoreModel,
        image: DiscImage,
        target: Target,
        *,
        seed: int = 0,
        settings: Mapping[str, float | int | str] | None = None,
        progress: Progress,
    ) -> Explanation:
        """Explains ``target``. Raises ``TypeError`` for a network that cannot be run in two halves."""
        used = resolve(self, settings)
        split = require_feature_head(network, self.label)
        progress(0.0, self.label)
        started = time.perf_counter()
        maps = last_feature_maps(split, image.pixels[None])
        found = self.from_maps(split, image, target, maps, seed=seed, settings=used, progress=progress)
        progress(1.0, self.label)
        return replace(found, seconds=time.perf_counter() - started)

    def from_maps(
        self,
        network: FeatureHeadModel,
        image: DiscImage,
        target: Target,
        maps: Tensor,
        *,
        seed: int,
        settings: Mapping[str, float | int | str],
        progress: Progress,
    ) -> Explanation:
        """Explains ``target`` from the last convolution's maps (1, C, rows, columns) of ``image``."""
        import torch

        started = time.perf_counter()
        size = image.pixels.shape[-1]
        with differentiable():
            with torch.no_grad():
                answer = float(target.log_odds(network.head(maps))[0])
            weighted = self.weight_maps(network, maps, target, seed, progress).detach()
        counts = [count for count, _ in network.feature_layout]
        members = [part.sum(dim=0).numpy() for part in torch.split(weighted, counts)]
        raw = np.sum(members, axis=0)
        gross, peak = float(weighted.abs().sum(dim=0).max()), float(raw.max())
        zero = not peak > ZERO * gross
        shown = np.sum(
            [
                upsample(one, size, first)
                for one, (_, first) in zip(members, network.feature_layout, strict=True)
            ],
            axis=0,
        )
        return Explanation(
            method=self.name,
            level=image.level,
            target=target,
            attribution=np.zeros((size, size), np.float32) if zero else np.maximum(shown, 0),
            signed=self.signed,
            native_shape=(raw.shape[0], raw.shape[1]),
            target_score=answer,
            diagnostic=_nothing() if zero else self.diagnostic(peak, gross),
            settings=settings,
            seed=seed,
            seconds=time.perf_counter() - started,
            model_evaluations=1,
            model=network.id,
            is_empty=zero,
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


def _nothing() -> MethodDiagnostic:
    return MethodDiagnostic("peak before scaling", 0.0, "No cell speaks for this answer; the map is empty.")
