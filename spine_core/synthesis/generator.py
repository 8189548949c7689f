"""The released generator of disc images, loaded once and shared."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.networks.preprocessing import Crop, Preprocessing
from spine_core.networks.registry import WEIGHTS
from spine_core.synthesis.architecture import build_unet
from spine_core.synthesis.conditions import TOKEN_SIZES
from spine_core.weights import ModelId, load_card

if TYPE_CHECKING:
    import torch
    from torch import Tensor

GENERATOR = "generator-flow.safetensors"
_loading = threading.Lock()


class Generator:
    """A trained flow: the velocity from noise to images of discs. Thread-safe."""

    def __init__(self, module: torch.nn.Module, model: ModelId) -> None:
        import torch

        frozen = module.eval().requires_grad_(requires_grad=False)
        self._module = frozen.to(memory_format=torch.channels_last)
        self.id = model

    @classmethod
    def load(cls, path: Path) -> Generator:
        """Reads ``path`` (safetensors) and its card. Raises ``WeightsError`` where one is missing or changed."""
        card = load_card(path)
        from safetensors.torch import load_file

        module = build_unet(TOKEN_SIZES, card["widths"])
        module.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        return cls(module, ModelId(card["name"], card["version"], card["sha256"]))

    def velocity(self, images: Tensor, time: float, tokens: Tensor) -> Tensor:
        """Velocity of images (N, 2, side, side) at ``time``, 0 (noise) to 1 (data); 0 in channels that are missing.

        ``tokens``: (N, len(TOKEN_SIZES)), see ``conditions``.
        """
        import torch

        with torch.inference_mode():
            moments = torch.full((len(images),), time)
            found = self._module(images.contiguous(memory_format=torch.channels_last), moments, tokens)
            there = tokens[:, -2:, None, None].float()
            velocity: Tensor = (found * there).contiguous()
        return velocity

    def clean(
        self, images: npt.NDArray[np.float32], time: float, tokens: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """The expected clean image of images (N, 2, side, side) on the path at ``time``: one step to time 1."""
        import torch

        x = torch.from_numpy(images)
        found = x + (1 - time) * self.velocity(x, time, torch.from_numpy(tokens))
        return np.asarray(found.numpy(), dtype=np.float32)


@lru_cache(maxsize=2)
def _load(path: Path) -> Generator:
    return Generator.load(path)


def released_generator() -> Generator:
    """The released generator. Raises ``WeightsError`` where its file is missing or changed."""
    with _loading:
        return _load(WEIGHTS / GENERATOR)


def why_not_this_view(preprocessing: Preprocessing | None) -> str:
    """Why images of a network with ``preprocessing`` cannot be generated; empty where they can, or it is unknown."""
    if preprocessing is None:
        return ""
    trained = Preprocessing()
    names = ("crop", "width", "shift", "channels", "mean", "std", "intensity", "ceiling", "low", "high")
    alike = all(getattr(preprocessing, name) == getattr(trained, name) for name in names)
    same = preprocessing.crop is Crop.DISC and alike
    return "" if same else "it needs the disc view and the intensities on which the generator was trained"
