"""Architecture of the generator: a U-Net that is told the time and the conditions of a disc.

The image is folded to half of its side first (pixel unshuffle), which a slow processor needs. Every block is modulated
by the sum of the embeddings of time and conditions (FiLM, Perez 2018, arXiv 1709.07871).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CHANNELS = 2
"""T2 and T1."""
FOLD = 2
"""Side of a block of pixels that is folded into channels."""
WIDTHS = (48, 96, 160)
"""Channels of the U-Net at each of its resolutions: 32, 16 and 8 cells a side for images of 64 pixels."""
EMBEDDING = 192
"""Length of the embedding of time and conditions."""
GROUPS = 8
"""Groups of every group normalisation."""


def time_features(time: Tensor, count: int = 64) -> Tensor:
    """Sines and cosines of ``time`` (N,), 0 to 1, in ``count`` columns; frequencies as in Vaswani 2017."""
    import torch

    half = count // 2
    steps = torch.arange(half, dtype=torch.float32, device=time.device)
    angles = 1000.0 * time.float()[:, None] * torch.exp(-math.log(10000.0) * steps / half)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def build_unet(sizes: Sequence[int], widths: Sequence[int] = WIDTHS) -> torch.nn.Module:
    """An untrained U-Net ``net(images, time, tokens)``: velocity (N, 2, side, side) of images of that shape.

    ``time``: (N,), 0 is noise and 1 is data. ``tokens``: int64 (N, len(sizes)), the i-th below ``sizes[i]``.
    """
    net: torch.nn.Module = _classes()["unet"](sizes, widths)
    return net


def _classes() -> dict[str, Any]:
    """The modules; defined in a function so that importing this file does not import torch."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        """Two convolutions with a skip; the embedding scales and shifts what is between them."""

        def __init__(self, given: int, width: int) -> None:
            super().__init__()
            self.norm1 = nn.GroupNorm(GROUPS, given)
            self.conv1 = nn.Conv2d(given, width, 3, padding=1)
            self.film = nn.Linear(EMBEDDING, 2 * width)
            self.norm2 = nn.GroupNorm(GROUPS, width)
            self.conv2 = nn.Conv2d(width, width, 3, padding=1)
            self.skip = nn.Identity() if given == width else nn.Conv2d(given, width, 1)
            nn.init.zeros_(self.conv2.weight)
            nn.init.zeros_(self.conv2.bias)  # type: ignore[arg-type]

        def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
            scale, shift = self.film(embedding)[:, :, None, None].chunk(2, dim=1)
            h = self.conv1(functional.silu(self.norm1(x)))
            h = self.norm2(h) * (1 + scale) + shift
            out: Tensor = self.skip(x) + self.conv2(functional.silu(h))
            return out

    class Attention(nn.Module):
        """Self-attention over the cells of the coarsest grid."""

        def __init__(self, width: int, heads: int = 4) -> None:
            super().__init__()
            self.heads = heads
            self.norm = nn.GroupNorm(GROUPS, width)
            self.qkv = nn.Conv2d(width, 3 * width, 1)
            self.out = nn.Conv2d(width, width, 1)
            nn.init.zeros_(self.out.weight)
            nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

        def forward(self, x: Tensor) -> Tensor:
            count, width, rows, columns = x.shape
            parts = self.qkv(self.norm(x)).reshape(count, 3, self.heads, width // self.heads, rows * columns)
            q, k, v = parts.transpose(-1, -2).unbind(1)
            mixed = functional.scaled_dot_product_attention(q, k, v)
            added: Tensor = self.out(mixed.transpose(-1, -2).reshape(count, width, rows, columns))
            return x + added

    class UNet(nn.Module):
        """Encoder, attention at the coarsest grid, decoder."""

        def __init__(self, sizes: Sequence[int], widths: Sequence[int]) -> None:
            super().__init__()
            self.tokens = nn.ModuleList(nn.Embedding(size, EMBEDDING) for size in sizes)
            for table in self.tokens:
                nn.init.normal_(table.weight, std=0.1)  # type: ignore[arg-type]
            self.time = nn.Sequential(nn.Linear(64, EMBEDDING), nn.SiLU(), nn.Linear(EMBEDDING, EMBEDDING))
            self.stem = nn.Conv2d(CHANNELS * FOLD**2, widths[0], 3, padding=1)
            self.down = nn.ModuleList(Block(w, w) for w in widths)
            self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths))
            self.middle = nn.ModuleList([Block(widths[-1], widths[-1]) for _ in range(2)])
            self.attention = Attention(widths[-1])
            self.up = nn.ModuleList(Block(2 * w, w) for w in reversed(widths))
            self.grow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in reversed(list(pairwise(widths))))
            self.norm = nn.GroupNorm(GROUPS, widths[0])
            self.last = nn.Conv2d(widths[0], CHANNELS * FOLD**2, 3, padding=1)
            nn.init.zeros_(self.last.weight)
            nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

        def embed(self, time: Tensor, tokens: Tensor) -> Tensor:
            """(N, EMBEDDING) of time and conditions."""
            found = self.time(time_features(time))
            for column, table in enumerate(self.tokens):
                found = found + table(tokens[:, column])
            out: Tensor = functional.silu(found)
            return out

        def forward(self, images: Tensor, time: Tensor, tokens: Tensor) -> Tensor:
            embedding = self.embed(time, tokens)
            x = self.stem(functional.pixel_unshuffle(images, FOLD))
            kept = []
            for level, block in enumerate(self.down):
                x = block(x, embedding)
                kept.append(x)
                if level < len(self.shrink):
                    x = self.shrink[level](x)
            x = self.middle[1](self.attention(self.middle[0](x, embedding)), embedding)
            for level, block in enumerate(self.up):
                x = block(torch.cat([x, kept.pop()], dim=1), embedding)
                if level < len(self.grow):
                    x = functional.interpolate(self.grow[level](x), scale_factor=2.0, mode="nearest")
            out: Tensor = functional.pixel_shuffle(self.last(functional.silu(self.norm(x))), FOLD)
            return out

    return {"unet": UNet}
