"""Samples of the generator: images of discs of no patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.progress import Part, Progress, silent
from spine_core.synthesis.conditions import DROPPABLE
from spine_core.synthesis.flow import follow
from spine_core.synthesis.generator import Generator
from spine_core.synthesis.resize import SIDE

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 32
STEPS = 16
"""Steps of Heun's method from noise to an image."""
GUIDANCE = 1.0
"""Chosen on fold 1 from 0 and 1, by what a judge learns from the images: ``evaluate-generator --guidance W``."""


def sample_tokens(
    generator: Generator,
    tokens: npt.NDArray[np.int64],
    seed: int = 0,
    guidance: float = GUIDANCE,
    steps: int = STEPS,
    progress: Progress = silent,
) -> npt.NDArray[np.float32]:
    """Images (N, 2, SIDE, SIDE), one per row of ``tokens`` (N, len(TOKEN_SIZES)). Equal arguments give equal bytes.

    ``guidance``: how much further than the conditions ask (classifier-free, Ho 2022, arXiv 2207.12598); 0 is the flow
    itself. Raises what ``progress`` raises.
    """
    import torch

    out = np.zeros((len(tokens), 2, SIDE, SIDE), dtype=np.float32)
    random = torch.Generator().manual_seed(seed)
    for start in range(0, len(tokens), BATCH):
        asked = torch.from_numpy(tokens[start : start + BATCH])
        noise = torch.randn((len(asked), 2, SIDE, SIDE), generator=random) * asked[:, -2:, None, None]
        part = Part(progress, start / len(tokens), len(asked) / len(tokens))
        velocity = _Guided(generator, asked, guidance)
        out[start : start + len(asked)] = follow(velocity, noise, steps=steps, progress=part).numpy()
    return out


class _Guided:
    """The velocity under conditions, pushed away from that without conditions."""

    def __init__(self, generator: Generator, tokens: Tensor, guidance: float) -> None:
        self._generator, self._tokens, self._guidance = generator, tokens, guidance
        self._forgotten = tokens.clone()
        self._forgotten[:, :DROPPABLE] = 0

    def __call__(self, images: Tensor, time: float) -> Tensor:
        asked = self._generator.velocity(images, time, self._tokens)
        if not self._guidance:
            return asked
        free = self._generator.velocity(images, time, self._forgotten)
        return asked + self._guidance * (asked - free)
