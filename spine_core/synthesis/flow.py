"""Flow matching: straight paths from noise to data, and the ordinary differential equation that follows them.

Lipman 2023, arXiv 2210.02747, with optimal-transport paths: x(t) = (1 - t) noise + t data, and the velocity
data - noise, which a network learns to predict from x(t).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from spine_core.progress import Progress, silent

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Velocity = Callable[["Tensor", float], "Tensor"]
"""Velocity of images (N, ...) at a time from 0 (noise) to 1 (data)."""


def on_path(data: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """The point of the path from ``noise`` to ``data`` at ``time`` (N,)."""
    t = time.reshape(-1, *[1] * (data.ndim - 1))
    return (1 - t) * noise + t * data


def logit_normal(count: int, generator: torch.Generator) -> Tensor:
    """Times in (0, 1) that are dense in the middle, where the velocity is hardest (Esser 2024, arXiv 2403.03206)."""
    import torch

    return torch.randn(count, generator=generator).sigmoid()


def follow(
    velocity: Velocity,
    start: Tensor,
    begin: float = 0.0,
    end: float = 1.0,
    steps: int = 20,
    progress: Progress = silent,
) -> Tensor:
    """Follows the flow from time ``begin`` to ``end``, forwards or backwards, in ``steps`` steps of Heun's method.

    The last step to time 1 is Euler's, since the velocity is not defined beyond. Raises what ``progress`` raises.
    """
    import torch

    x = start
    times = torch.linspace(begin, end, steps + 1).tolist()
    for number, (now, then) in enumerate(pairwise(times)):
        first = velocity(x, now)
        ahead = x + (then - now) * first
        is_last = number == steps - 1 and end in (0.0, 1.0)
        x = ahead if is_last else x + (then - now) * (first + velocity(ahead, then)) / 2
        progress((number + 1) / steps)
    return x
