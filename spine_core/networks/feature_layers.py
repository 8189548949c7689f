"""Layers whose output is a map over the image: where class activation maps of any torch module come from."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor

PREFIXES = (0, 1, 2, 5)
"""Tokens before those of the image: none, a class token, class and distillation tokens, class token and registers."""


UNCHANGING = ("Dropout", "Dropout2d", "Identity", "DropPath", "StochasticDepth")
"""Layers that pass on their input when a network is used."""


class Layout(StrEnum):
    """Order of a layer's output. ``TOKENS``: (N, tokens, C), those of the image in rows after the prefix tokens."""

    CHANNELS_FIRST = "NCHW"
    CHANNELS_LAST = "NHWC"
    TOKENS = "tokens"


@dataclass(frozen=True)
class FeatureLayer:
    """A layer whose output is ``channels`` maps of (rows, columns) over the input.

    ``path``: name of the layer in its module. ``prefix``: tokens before the image's, for ``Layout.TOKENS``.
    ``first_cell``: input pixel on which the first cell is centred.
    """

    path: str
    layout: Layout
    channels: int
    rows: int
    columns: int
    prefix: int = 0
    first_cell: float = 0.0

    def to_maps(self, output: Tensor) -> Tensor:
        """The layer's output as maps (N, C, rows, columns)."""
        if self.layout is Layout.CHANNELS_FIRST:
            return output
        if self.layout is Layout.CHANNELS_LAST:
            return output.permute(0, 3, 1, 2)
        tokens = output[:, self.prefix :].transpose(1, 2)
        return tokens.reshape(len(output), self.channels, self.rows, self.columns)

    def from_maps(self, maps: Tensor, output: Tensor) -> Tensor:
        """The layer's output with ``maps`` (N, C, rows, columns) in it. ``output``: as it is, for the prefix tokens."""
        import torch

        if self.layout is Layout.CHANNELS_FIRST:
            return maps
        if self.layout is Layout.CHANNELS_LAST:
            return maps.permute(0, 2, 3, 1)
        return torch.cat([output[:, : self.prefix], maps.flatten(start_dim=2).transpose(1, 2)], dim=1)


_local = threading.local()


@contextmanager
def tapped(layer: torch.nn.Module, change: Callable[[Tensor], Tensor | None]) -> Iterator[None]:
    """Passes the output of ``layer`` to ``change`` in this thread; what it returns, if anything, replaces the output.

    ``layer`` must have the hook of ``listen``.
    """
    before = getattr(_local, "tap", None)
    _local.tap = (layer, change)
    try:
        yield
    finally:
        _local.tap = before


def listen(layer: torch.nn.Module) -> None:
    """Puts a hook on ``layer`` that does nothing outside ``tapped``.

    It has no state, and copies of the module keep it.
    """
    layer.register_forward_hook(_hook)


def _hook(module: torch.nn.Module, inputs: Any, output: Any) -> Any:
    tap = getattr(_local, "tap", None)
    if tap is None or tap[0] is not module:
        return None
    return tap[1](output)


def feature_layers(
    module: torch.nn.Module, run: Callable[[Tensor], Any], images: Tensor
) -> tuple[FeatureLayer, ...]:
    """All layers whose output is a map of at least 2 x 2 cells, in the order in which they run.

    ``module``: in evaluation mode, of which nobody else holds a reference. ``run``: its forward pass. ``images``: two
    inputs (2, channels, size, size) or more.
    """
    import torch

    found: dict[str, FeatureLayer] = {}
    handles = [
        layer.register_forward_hook(_recorder(path, images.shape[-1], len(images), found))
        for path, layer in module.named_modules()
        if path and type(layer).__name__ not in UNCHANGING
    ]
    try:
        with torch.no_grad():
            run(images)
    finally:
        for handle in handles:
            handle.remove()
    return tuple(found.values())


def _recorder(path: str, size: int, count: int, found: dict[str, FeatureLayer]) -> Callable[..., None]:
    def hook(module: torch.nn.Module, inputs: Any, output: Any) -> None:
        layer = _described(path, output, size, count)
        if layer is not None:
            # A layer that runs twice counts where it runs last.
            found.pop(path, None)
            found[path] = layer

    return hook


def _described(path: str, output: Any, size: int, count: int) -> FeatureLayer | None:
    import torch

    if not isinstance(output, torch.Tensor) or len(output) != count or not output.is_floating_point():
        return None
    shape = tuple(output.shape)
    if len(shape) == 4 and shape[2] == shape[3] and 2 <= shape[2] <= size:
        return FeatureLayer(path, Layout.CHANNELS_FIRST, shape[1], shape[2], shape[3])
    if len(shape) == 4 and shape[1] == shape[2] and 2 <= shape[1] <= size:
        return FeatureLayer(path, Layout.CHANNELS_LAST, shape[3], shape[1], shape[2])
    if len(shape) == 3:
        for prefix in PREFIXES:
            side = math.isqrt(max(shape[1] - prefix, 0))
            if side >= 2 and side * side == shape[1] - prefix:
                return FeatureLayer(path, Layout.TOKENS, shape[2], side, side, prefix)
    return None


def default_layer(layers: tuple[FeatureLayer, ...], width: int) -> FeatureLayer | None:
    """The layer for class activation maps unless the user names one; None where there is none.

    The last map of a convolutional network that has more channels than its ``width`` logits: later ones are scores. In
    a transformer with a class token, the tokens of the image have no effect after the last attention, so that it is the
    input of the last block's attention, as in pytorch-grad-cam.
    """
    if not layers:
        return None
    last = ([one for one in layers if one.channels > width] or layers)[-1]
    if last.layout is not Layout.TOKENS or not last.prefix:
        return last
    norms = [one for one in layers if one.path.rsplit(".", 1)[-1] in ("norm1", "ln_1", "layernorm_before")]
    return norms[-1] if norms else last


def first_cell(layer: FeatureLayer, size: int, cells_at: Callable[[int], int]) -> float:
    """Input pixel on which the first cell of ``layer`` is centred.

    0 for convolutions with odd kernels and symmetric padding, which put a cell at pixels 0, stride, 2 stride ... One
    pixel more of input then adds a cell. Otherwise cells are patches of ``stride`` pixels, each centred on its middle.
    ``cells_at``: number of rows of cells for an input of a given size; raises where the network takes only one size.
    """
    stride = size / layer.rows
    if layer.layout is not Layout.TOKENS:
        try:
            if size % layer.rows == 0 and cells_at(size + 1) > layer.rows:
                return 0.0
        except Exception:
            # Whatever the module raises: it takes one size only, as patch embeddings do.
            pass
    return (stride - 1) / 2
