"""Grad-CAM: which cells of the last convolution's maps raised the score."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.explain.model import Explanation, OwnScore, Scored
from spine_core.explain.settings import resolve
from spine_core.grading.model import DiscImage
from spine_core.grading.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

ZERO = 1e-3
"""A peak below this share of what was added up, signs aside, is what cancellation leaves over, not evidence."""


@runtime_checkable
class Splittable(Protocol):
    """A network that can be run in two halves, so that no hook has to be put on it."""

    def features(self, pictures: Tensor) -> Tensor:
        """Maps of the last convolution, (N, C, rows, columns)."""
        ...

    def head(self, features: Tensor) -> Tensor:
        """Logits (N, LOGITS) from those maps."""
        ...


class GradCam:
    """Grad-CAM of the last convolution. Selvaraju 2017, doi 10.1109/ICCV.2017.74.

    The raw map (``extra["raw"]``, native grid, signed) weights every feature map with the mean of its gradient.
    Where the head is a mean over the maps and one linear layer and the target is a single logit, as for the
    binary conditions, the raw cells add up to the log-odds less the layer's bias. The map shown is the positive part,
    bilinearly enlarged. The seed is not used.
    """

    name = "grad_cam"
    label = "Grad-CAM"
    paper = "Selvaraju et al. 2017, doi 10.1109/ICCV.2017.74"
    signed = False
    shows = (
        "Where the last layer of the network found evidence for the answer. It is coarse, each cell sees far around "
        "itself, and it does not show what spoke against the answer."
    )

    def defaults(self) -> dict[str, float | int | str]:
        """No settings."""
        return {}

    def explain(
        self,
        network: Scored,
        image: DiscImage,
        target: Target,
        *,
        seed: int = 0,
        settings: Mapping[str, float | int | str] | None = None,
        progress: Progress,
    ) -> Explanation:
        """Explains ``target``. Raises ``TypeError`` for a network that cannot be run in two halves."""
        used = resolve(self, settings)
        if not isinstance(network, Splittable):
            msg = f"Grad-CAM needs a network with features() and head(), {type(network).__name__} has not"
            raise TypeError(msg)
        progress(0.0, self.label)
        import torch

        started = time.perf_counter()
        size = image.pixels.shape[-1]
        # The caller's thread may be in inference mode, in which nothing can be differentiated.
        with torch.inference_mode(mode=False), torch.enable_grad():
            picture = torch.from_numpy(np.array(image.pixels[None], dtype=np.float32))
            with torch.no_grad():
                maps = network.features(picture)
            maps = maps.detach().requires_grad_()
            answer = target.log_odds(network.head(maps)).sum()
            (gradient,) = torch.autograd.grad(answer, maps)
            weighted = gradient.mean(dim=(2, 3), keepdim=True) * maps.detach()
            raw = weighted.sum(dim=1)[0]
            gross = float(weighted.abs().sum(dim=1).max())
            peak = float(raw.max())
            zero = not peak > ZERO * gross
        progress(1.0, self.label)
        return Explanation(
            method=self.name,
            level=image.level,
            target=target,
            map=np.zeros((size, size), np.float32) if zero else enlarged(raw.numpy(), size),
            signed=self.signed,
            native=(raw.shape[0], raw.shape[1]),
            answer=float(answer.detach()),
            own_score=_own_score(peak, gross, zero=zero),
            settings=used,
            seed=seed,
            seconds=time.perf_counter() - started,
            network_calls=1,
            model=network.id,
            zero=zero,
            extra={"raw": raw.numpy()},
        )


def enlarged(raw: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.float32]:
    """The positive part of the cells, bilinearly enlarged to (size, size).

    Cell i is drawn around pixel i * stride, where the network sees it from: its convolutions and poolings have odd
    kernels and even padding. The usual enlargement draws it around the middle of its square, (stride - 1) / 2 pixels
    further down and to the right, which at 16 pixels a cell is a third of a disc's height.
    """
    step = raw.shape[0] / size
    return np.asarray(
        ndimage.affine_transform(
            np.maximum(raw, 0), np.array([step, step]), output_shape=(size, size), order=1, mode="nearest"
        ),
        dtype=np.float32,
    )


def _own_score(peak: float, gross: float, *, zero: bool) -> OwnScore:
    if zero:
        caption = "No cell speaks for this answer; the map is empty."
    else:
        caption = (
            f"The strongest cell adds {peak:.3g} log-odds; the strongest, had nothing cancelled, {gross:.3g}. "
            "A small peak means faint evidence however bright its colour."
        )
    return OwnScore("peak before scaling", max(peak, 0.0), caption)
