"""Any torch module as a grading network: outputs, feature maps and calibration, on a private copy."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.networks.feature_layers import (
    FeatureLayer,
    default_layer,
    feature_layers,
    first_cell,
    listen,
    tapped,
)
from spine_core.networks.network import FeatureHead, Network, View
from spine_core.networks.outputs import Outputs, in_sequence
from spine_core.networks.preprocessing import Preprocessing
from spine_core.weights import ModelId

if TYPE_CHECKING:
    import torch
    from torch import Tensor

PROBES = 2
"""Images of the forward pass that finds a module's layers and outputs."""


class NetworkError(ValueError):
    """The network cannot be used; the message is one sentence with the reason."""


class WrappedNetwork(Network):
    """A torch module as a grading network. Thread-safe; see ``wrap``.

    ``layer``: where class activation maps come from, None where no layer has a map. ``layers``: all that have.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        views: tuple[View, ...],
        model: ModelId,
        *,
        target_layer: str | None = None,
        calibration: npt.NDArray[np.float32] | None = None,
        device: str = "cpu",
    ) -> None:
        import torch

        self._views, self.id, self.device = views, model, device
        self.preprocessing, self.outputs = views[0].preprocessing, views[0].outputs
        preprocessing = self.preprocessing
        if len({(one.preprocessing.size, len(one.preprocessing.channels)) for one in views}) > 1:
            msg = "all views of a network must have one size and one number of channels"
            raise NetworkError(msg)
        self._module = copy.deepcopy(module).eval().requires_grad_(requires_grad=False).float().to(device)
        # A fixed input, of the spread that standardised images have.
        probe = torch.randn(
            (PROBES, len(preprocessing.channels), preprocessing.size, preprocessing.size),
            generator=torch.Generator().manual_seed(0),
        )
        width = self._checked_width(probe)
        self._calibration = torch.tensor([[1.0], [0.0]]).repeat(1, width)
        self.calibration = calibration
        if calibration is not None:
            if calibration.shape != (2, width):
                msg = f"the calibration has shape {calibration.shape}, the network needs (2, {width})"
                raise NetworkError(msg)
            self._calibration = torch.from_numpy(np.asarray(calibration, dtype=np.float32))
        self.layers = feature_layers(self._module, self._raw, probe)
        self.layer = self._chosen(target_layer, probe)
        self.has_feature_maps = self.layer is not None
        self.broadcasts = False
        if self.layer is not None:
            listen(self._module.get_submodule(self.layer.path))
            self.broadcasts = self._broadcasts(probe[:1])

    @property
    def views(self) -> tuple[View, ...]:
        """What the network sees of a disc."""
        return self._views

    @property
    def module(self) -> torch.nn.Module:
        """The private copy, in evaluation mode, before calibration."""
        return self._module

    def logits(self, images: Tensor) -> Tensor:
        """Calibrated logits (N, K) for images (N, channels, size, size), differentiable."""
        calibrated: Tensor = self._raw(images) * self._calibration[0] + self._calibration[1]
        return calibrated

    def feature_head(self, images: Tensor) -> FeatureHead | None:
        """The network split at ``layer`` for ``images``; None without such a layer."""
        return None if self.layer is None else _Split(self, self.layer, images)

    def embed(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Calibrated logits (N, K), and the mean over space of the feature maps (N, C), None without such maps."""
        if self.layer is None:
            return self.logits(images), None
        split = _Split(self, self.layer, images)
        maps, logits = split.both(images)
        return logits, maps.mean(dim=(2, 3))

    def raw(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Logits (N, K) before calibration."""
        import torch

        with torch.inference_mode():
            return self._raw(torch.from_numpy(images)).numpy()

    def _raw(self, images: Tensor) -> Tensor:
        found: Any = self._module(images.to(self.device))
        # Some libraries return records or tuples with the logits first.
        found = getattr(found, "logits", found)
        found = found[0] if isinstance(found, tuple | list) else found
        logits: Tensor = found.cpu()
        return logits

    def _checked_width(self, probe: Tensor) -> int:
        """Number of logits. Raises ``NetworkError`` for a module that fails or returns something else."""
        import torch

        with torch.no_grad():
            try:
                found, again = self._raw(probe), self._raw(probe)
            except Exception as error:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                msg = f"the network fails on an input of shape {tuple(probe.shape)}: {reason}"
                raise NetworkError(msg) from error
        needed = max(view.outputs.logits for view in self._views)
        if found.dim() != 2 or len(found) != len(probe) or found.shape[1] < needed:
            expected = f"({len(probe)}, {needed})"
            msg = f"the network returns shape {tuple(found.shape)}, its outputs need {expected}"
            raise NetworkError(msg)
        if not torch.isfinite(found).all():
            msg = "the network returns values that are not finite"
            raise NetworkError(msg)
        if not torch.equal(found, again):
            msg = "the network returns different values for equal inputs; dropout or sampling may be active"
            raise NetworkError(msg)
        return int(found.shape[1])

    def _broadcasts(self, image: Tensor) -> bool:
        """Whether one image stands for many in the head, so that what comes before the layer runs once."""
        import torch

        with torch.no_grad():
            split = self.feature_head(image)
            assert split is not None
            self.broadcasts = True
            try:
                found = split.head(split.features(image).repeat(2, 1, 1, 1))
            except Exception:
                # Concatenations with earlier layers need as many images as maps.
                return False
            expected = self.logits(image)
            # With equal maps, a layer that mixes images of a batch would go unnoticed; two different ones show it.
            changed = split.head(torch.cat([split.features(image), split.features(image) * 0.5]))
        alike = found.shape == (2, expected.shape[1]) and torch.allclose(
            found, expected.repeat(2, 1), atol=1e-4
        )
        return alike and torch.allclose(changed[:1], expected, atol=1e-4)

    def _chosen(self, path: str | None, probe: Tensor) -> FeatureLayer | None:
        """The layer at ``path``, or the default one, with its first cell. Raises ``NetworkError`` for no such layer."""
        import torch

        layer = default_layer(self.layers, self._calibration.shape[1])
        if path is not None:
            layer = next((one for one in self.layers if one.path == path), None)
            if layer is None:
                known = ", ".join(one.path for one in self.layers[-5:]) or "none"
                msg = f"the layer {path} does not exist or its output is not a map; layers with maps end with {known}"
                raise NetworkError(msg)
        if layer is None:
            return None
        chosen = layer

        def rows_at(size: int) -> int:
            larger = torch.zeros((PROBES, *probe.shape[1:2], size, size))
            found = {one.path: one.rows for one in feature_layers(self._module, self._raw, larger)}
            return found.get(chosen.path, 0)

        return replace(chosen, first_cell=first_cell(chosen, self.preprocessing.size, rows_at))


class _Split:
    """A wrapped network as feature maps and head for given images, on which the head may depend as well."""

    def __init__(self, network: WrappedNetwork, layer: FeatureLayer, images: Tensor) -> None:
        self._network, self._layer, self._images = network, layer, images
        self._tapped = network.module.get_submodule(layer.path)

    @property
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """One member."""
        return ((self._layer.channels, self._layer.first_cell),)

    def features(self, images: Tensor) -> Tensor:
        """Feature maps (N, C, rows, columns) for images (N, channels, size, size)."""
        return self.both(images)[0]

    def both(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Feature maps (N, C, rows, columns), and calibrated logits (N, K), in one pass."""
        found: list[Tensor] = []
        # A copy: the layer after may change its input in place, as rectifiers often do.
        with tapped(self._tapped, lambda output: found.append(output.clone())):
            logits = self._network.logits(images)
        return self._layer.to_maps(found[-1]), logits

    def head(self, maps: Tensor) -> Tensor:
        """Calibrated logits (N, K) where the layer returns ``maps`` for the images that the network was split for."""
        images = self._images
        if len(images) == 1 < len(maps) and not self._network.broadcasts:
            images = images.expand(len(maps), *images.shape[1:])

        def replaced(output: Tensor) -> Tensor:
            return self._layer.from_maps(maps.to(output), output).clone()

        with tapped(self._tapped, replaced):
            return self._network.logits(images)


def wrap(
    module: torch.nn.Module,
    *,
    preprocessing: Preprocessing,
    outputs: Outputs | Sequence[Condition | str],
    target_layer: str | None = None,
    name: str = "",
    version: str = "0",
    calibration: npt.NDArray[np.float32] | None = None,
    device: str = "cpu",
) -> WrappedNetwork:
    """Any torch module as a network that reads studies and can be explained by every method.

    ``module``: takes images (N, channels, size, size) and returns logits (N, K); it is copied, never changed.
    ``outputs``: conditions, or names of released ones, whose logits follow each other; or ``Outputs`` for other layouts
    and activations. ``target_layer``: name of the layer for class activation maps, by default the last with a map;
    convolutional layers and transformers' tokens are recognised by their shape. ``calibration``: slopes and offsets of
    the logits, (2, K). ``device``: of torch. Raises ``NetworkError`` where the module, its outputs and its input do not
    fit each other.
    """
    if not isinstance(outputs, Outputs):
        outputs = in_sequence([BY_NAME[one] if isinstance(one, str) else one for one in outputs])
    model = ModelId(name or type(module).__name__, version, weights_hash(module))
    return WrappedNetwork(
        module,
        (View(preprocessing, outputs),),
        model,
        target_layer=target_layer,
        calibration=calibration,
        device=device,
    )


def weights_hash(module: torch.nn.Module) -> str:
    """SHA-256 over the names, shapes and values of all weights and buffers."""
    out = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        out.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        out.update(value.detach().cpu().contiguous().numpy().tobytes())
    return out.hexdigest()
