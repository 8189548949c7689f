"""The second generator: a conditional GAN of the same size, for comparison with the flow.

The generator's blocks are modulated by conditions and noise; the discriminator compares the image's features with the
embedding of the conditions (projection, Miyato 2018, arXiv 1802.05637) under spectral normalisation (arXiv 1802.05957).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.synthesis.architecture import CHANNELS, FOLD
from spine_core.synthesis.conditions import TOKEN_SIZES
from spine_core.synthesis.resize import SIDE
from spine_core.weights import ModelId, load_card

if TYPE_CHECKING:
    import torch
    from torch import Tensor

GAN = "generator-gan.safetensors"
NOISE = 64
"""Length of the noise vector."""
WIDTHS = (48, 96, 160)
"""Channels at 32, 16 and 8 cells a side, as the flow's."""
START = 8
BATCH = 32


def build_gan(sizes: Sequence[int] = TOKEN_SIZES) -> torch.nn.Module:
    """An untrained generator ``net(noise, tokens)``: images (N, 2, SIDE, SIDE) from noise (N, NOISE)."""
    net: torch.nn.Module = _classes()["generator"](sizes)
    return net


def build_discriminator(sizes: Sequence[int] = TOKEN_SIZES) -> torch.nn.Module:
    """An untrained discriminator ``net(images, tokens)``: (N,), positive for real images of these conditions."""
    net: torch.nn.Module = _classes()["discriminator"](sizes)
    return net


@cache
def _classes() -> dict[str, Any]:
    """The modules; defined in a function so that importing this file does not import torch."""
    import torch
    from torch import nn
    from torch.nn import functional
    from torch.nn.utils.parametrizations import spectral_norm

    def embedded(tables: Any, tokens: Tensor) -> Tensor:
        found: Tensor = torch.stack([table(tokens[:, column]) for column, table in enumerate(tables)]).sum(
            dim=0
        )
        return found

    class Block(nn.Module):
        """Two convolutions with a skip, modulated by the code of noise and conditions."""

        def __init__(self, given: int, width: int) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.GroupNorm(8, given), nn.GroupNorm(8, width)
            self.film1, self.film2 = nn.Linear(2 * NOISE, 2 * given), nn.Linear(2 * NOISE, 2 * width)
            self.conv1, self.conv2 = (
                nn.Conv2d(given, width, 3, padding=1),
                nn.Conv2d(width, width, 3, padding=1),
            )
            self.skip = nn.Conv2d(given, width, 1)

        def forward(self, x: Tensor, code: Tensor) -> Tensor:
            h = self.conv1(_modulated(self.norm1(x), self.film1(code)))
            h = self.conv2(_modulated(self.norm2(h), self.film2(code)))
            out: Tensor = self.skip(x) + h
            return out

    def _modulated(x: Tensor, film: Tensor) -> Tensor:
        scale, shift = film[:, :, None, None].chunk(2, dim=1)
        return functional.silu(x * (1 + scale) + shift)

    class Generator(nn.Module):
        """From 8 x 8 cells to the image, doubled twice and unfolded."""

        def __init__(self, sizes: Sequence[int]) -> None:
            super().__init__()
            self.tables = nn.ModuleList(nn.Embedding(size, NOISE) for size in sizes)
            self.start = nn.Linear(2 * NOISE, WIDTHS[-1] * START**2)
            self.blocks = nn.ModuleList(
                [Block(WIDTHS[2], WIDTHS[2]), Block(WIDTHS[2], WIDTHS[1]), Block(WIDTHS[1], WIDTHS[0])]
            )
            self.last = nn.Conv2d(WIDTHS[0], CHANNELS * FOLD**2, 3, padding=1)

        def forward(self, noise: Tensor, tokens: Tensor) -> Tensor:
            code = torch.cat([noise, embedded(self.tables, tokens)], dim=1)
            x = self.start(code).reshape(-1, WIDTHS[-1], START, START)
            for number, block in enumerate(self.blocks):
                x = block(x if number == 0 else functional.interpolate(x, scale_factor=2.0), code)
            images: Tensor = functional.pixel_shuffle(self.last(functional.silu(x)), FOLD)
            return images * tokens[:, -2:, None, None].float()

    class Discriminator(nn.Module):
        """From the folded image to 4 x 4 cells, their sum, and its projection on the conditions."""

        def __init__(self, sizes: Sequence[int]) -> None:
            super().__init__()
            given = (CHANNELS * FOLD**2, *WIDTHS)
            self.convs = nn.ModuleList(
                spectral_norm(nn.Conv2d(a, b, 4, stride=2, padding=1))
                for a, b in zip(given[:-1], WIDTHS, strict=True)
            )
            self.tables = nn.ModuleList(spectral_norm(nn.Embedding(size, WIDTHS[-1])) for size in sizes)
            self.last = spectral_norm(nn.Linear(WIDTHS[-1], 1))

        def forward(self, images: Tensor, tokens: Tensor) -> Tensor:
            x = functional.pixel_unshuffle(images, FOLD)
            for conv in self.convs:
                x = functional.leaky_relu(conv(x), 0.2)
            pooled = x.mean(dim=(2, 3))
            found: Tensor = self.last(pooled)[:, 0] + (pooled * embedded(self.tables, tokens)).sum(dim=1)
            return found

    return {"generator": Generator, "discriminator": Discriminator}


class Gan:
    """A trained conditional GAN."""

    def __init__(self, module: torch.nn.Module, model: ModelId) -> None:
        self._module = module.eval().requires_grad_(requires_grad=False)
        self.id = model

    @classmethod
    def load(cls, path: Path) -> Gan:
        """Reads ``path`` (safetensors) and its card. Raises ``WeightsError`` where one is missing or changed."""
        card = load_card(path)
        from safetensors.torch import load_file

        module = build_gan()
        module.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        return cls(module, ModelId(card["name"], card["version"], card["sha256"]))

    def sample(self, tokens: npt.NDArray[np.int64], seed: int = 0) -> npt.NDArray[np.float32]:
        """One image (2, SIDE, SIDE) per row of ``tokens``."""
        import torch

        random = torch.Generator().manual_seed(seed)
        out = np.zeros((len(tokens), CHANNELS, SIDE, SIDE), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(tokens), BATCH):
                asked = torch.from_numpy(tokens[start : start + BATCH])
                noise = torch.randn((len(asked), NOISE), generator=random)
                out[start : start + len(asked)] = self._module(noise, asked).numpy()
        return out
