"""Networks with randomised weights, whose maps show nothing that was learnt. Adebayo 2018, arXiv 1810.03292."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from spine_core.networks.display_names import SUFFIX
from spine_core.networks.network import Network
from spine_core.weights import ModelId

if TYPE_CHECKING:
    import torch


def randomised_twin(network: Network, seed: int = 0) -> Network:
    """A copy of ``network``, or of the network that a backend computes, with the weights of every layer permuted.

    Raises ``TypeError`` for a network whose weights cannot be reached, such as an ONNX model.
    """
    twin: Any = copy.deepcopy(network)
    for member in getattr(twin, "members", (twin,)):
        shuffle_weights(member, 0.0, 1.0, seed)
    twin.id = ModelId(f"{twin.id.name}{SUFFIX}", twin.id.version, twin.id.sha256)
    found: Network = twin
    return found


def shuffle_weights(member: Any, start: float, end: float, seed: int) -> None:
    """Permutes the weights of the layers of ``member`` between two depths, fractions counted from the output layer.

    Permuted weights keep their distribution. Raises ``TypeError`` for a network without a module.
    """
    import torch

    module: torch.nn.Module | None = getattr(member, "module", None)
    if module is None:
        msg = f"the weights of {type(member).__name__} cannot be reached, so they cannot be shuffled"
        raise TypeError(msg)
    # Everything with a matrix of weights; normalisation layers, which only scale, stay.
    layers = [
        one for one in module.modules() if any(weights.dim() > 1 for weights in one.parameters(recurse=False))
    ][::-1]
    # The first step always includes the last layer.
    first, last = (max(1, round(depth * len(layers))) if depth else 0 for depth in (start, end))
    with torch.no_grad():
        for number, layer in enumerate(layers[first:last], start=first):
            generator = torch.Generator().manual_seed(1000 * seed + number)
            for weights in layer.parameters(recurse=False):
                order = torch.randperm(weights.numel(), generator=generator)
                weights.copy_(weights.flatten()[order].reshape(weights.shape))
