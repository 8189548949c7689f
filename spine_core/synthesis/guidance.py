"""The direction in which a change of the small image raises the network's score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.target import Target

if TYPE_CHECKING:
    from torch import Tensor


class ScorePull:
    """Gradient of a network's score with respect to a change at the generator's resolution.

    ``real``: the network's input (channels, size, size). ``mask``: (size, size), where it may change. ``goal``: the
    score to raise. A network without gradients pulls nowhere.
    """

    def __init__(
        self, judge: object, real: npt.NDArray[np.float32], mask: npt.NDArray[np.float32], goal: Target
    ) -> None:
        self._judge, self._real, self._mask, self._goal = judge, real, mask, goal
        self.works = hasattr(judge, "logits") and bool(getattr(judge, "differentiable", True))
        self.evaluations = 0

    def direction(self, change: Tensor) -> Tensor:
        """The gradient at ``change`` (1, channels, side, side), scaled to a largest absolute value of 1."""
        import torch

        if not self.works:
            return torch.zeros_like(change)
        judge: Any = self._judge
        with torch.inference_mode(mode=False), torch.enable_grad():
            leaf = change.clone().requires_grad_()
            wide = torch.nn.functional.interpolate(leaf, self._mask.shape, mode="bicubic")
            image = torch.from_numpy(self._real)[None] + torch.from_numpy(self._mask) * wide
            (found,) = torch.autograd.grad(self._goal.log_odds(judge.logits(image)).sum(), leaf)
        self.evaluations += 1
        peak = float(found.abs().max())
        gradient: Tensor = found / peak if peak > 0 else torch.zeros_like(found)
        return gradient
