"""Builds a package's architecture with torchvision or timm and fills it with the package's weights; never unpickles."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spine_core.networks.packages.errors import PackageError
from spine_core.networks.packages.manifest import MANIFEST, Architecture, Library

if TYPE_CHECKING:
    import torch

ARGUMENTS = frozenset((
    "num_classes", "in_chans", "img_size", "image_size", "patch_size", "window_size", "embed_dim", "depth",
    "depths", "dims", "num_heads", "mlp_ratio", "qkv_bias", "class_token", "reg_tokens", "no_embed_class",
    "global_pool", "fc_norm", "drop_rate", "drop_path_rate", "dropout", "stochastic_depth_prob",
    "aux_logits", "init_weights", "transform_input", "width_mult", "width_per_group", "groups",
    "replace_stride_with_dilation", "output_stride", "layers", "channels", "stem_width", "stem_type",
    "avg_down", "act_layer", "norm_layer", "growth_rate", "block_config", "num_init_features", "bn_size",
    "hidden_dim", "mlp_dim", "num_layers",
))  # fmt: skip
"""Arguments that only shape a network. Others of these functions read files or fetch weights."""

MAX_VALUE = 100_000
"""Largest number in an argument."""

MAX_PARAMETERS = 500_000_000
"""Weights of one network; ViT-L has 304 million."""


def build(architecture: Architecture, weights: bytes, file: str) -> torch.nn.Module:
    """The module with ``weights`` (safetensors, from ``file``). Raises ``PackageError`` where the two do not fit."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    _check_arguments(architecture.arguments)
    # Shapes first, without memory: a manifest may describe a network of any size.
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in _made(architecture).state_dict().items()}
    count = sum(math.prod(shape) for shape in shapes.values())
    if count > MAX_PARAMETERS:
        raise PackageError(
            MANIFEST, f"the architecture has {count:,} weights; {MAX_PARAMETERS:,} is the limit"
        )
    try:
        state = load(weights)
    except (SafetensorError, ValueError, KeyError):
        raise PackageError(file, "it is not a safetensors file") from None
    _check_shapes(shapes, {name: tuple(value.shape) for name, value in state.items()}, file)
    module = _made(architecture)
    # Halves and bfloat16 are stored to save space; networks compute in float32.
    module.load_state_dict({name: _as_float(value) for name, value in state.items()})
    return module


def _made(architecture: Architecture) -> torch.nn.Module:
    try:
        return (
            _torchvision(architecture) if architecture.library is Library.TORCHVISION else _timm(architecture)
        )
    except PackageError:
        raise
    except Exception as error:
        # Whatever the library raises for arguments that do not fit each other.
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PackageError(MANIFEST, f"architecture {architecture.name}: {words[:200]}") from None


def _torchvision(architecture: Architecture) -> torch.nn.Module:
    from torchvision import models

    if architecture.name not in models.list_models(module=models):
        raise PackageError(
            MANIFEST, f"torchvision has no classification network called {architecture.name!r}"
        )
    made: torch.nn.Module = models.get_model(
        architecture.name, weights=None, **_tuples(architecture.arguments)
    )
    return made


def _timm(architecture: Architecture) -> torch.nn.Module:
    import timm

    # Names with a prefix such as "hf-hub:" are fetched; those of the library's own list are not.
    if not timm.is_model(architecture.name) or ":" in architecture.name or "/" in architecture.name:
        raise PackageError(MANIFEST, f"timm has no network called {architecture.name!r}")
    made: torch.nn.Module = timm.create_model(
        architecture.name, pretrained=False, **_tuples(architecture.arguments)
    )
    return made


def _tuples(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as tuples, which is what the libraries take."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in arguments.items()}


def _check_arguments(arguments: Mapping[str, Any]) -> None:
    for key, value in arguments.items():
        if key not in ARGUMENTS:
            raise PackageError(
                MANIFEST, f"architecture.arguments.{key} is not an argument that shapes a network"
            )
        numbers = value if isinstance(value, list) else [value]
        plain = all(isinstance(one, str | int | float | bool) for one in numbers) and len(numbers) <= 64
        if not plain or any(not isinstance(one, str) and abs(one) > MAX_VALUE for one in numbers):
            shown = json.dumps(value)[:60]
            raise PackageError(
                MANIFEST, f"architecture.arguments.{key} is {shown}, not a plain value or a list"
            )


def _check_shapes(
    expected: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]], file: str
) -> None:
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    if missing or unknown:
        which = f"lacks {missing[0]}" if missing else f"has {unknown[0]}, which the architecture has not"
        more = len(missing) + len(unknown) - 1
        raise PackageError(file, f"it {which}{f', and {more} further names differ' if more else ''}")
    for name, shape in expected.items():
        if found[name] != shape:
            raise PackageError(file, f"{name} has shape {found[name]}, the architecture needs {shape}")


def _as_float(value: torch.Tensor) -> torch.Tensor:
    return value.float() if value.is_floating_point() else value
