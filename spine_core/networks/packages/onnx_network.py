"""ONNX models as grading networks: by ONNX Runtime, and by torch where onnx2torch gives the same output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.network import Network, View
from spine_core.networks.packages.errors import PackageError
from spine_core.weights import ModelId

if TYPE_CHECKING:
    import torch
    from torch import Tensor

DOMAINS = ("", "ai.onnx")
"""Operator sets of the ONNX standard. Others need a library that the package would have to bring."""


class OnnxNetwork(Network):
    """An ONNX model that ONNX Runtime computes. It has scores, but neither gradients nor feature maps. Thread-safe."""

    differentiable = False

    def __init__(
        self,
        data: bytes,
        file: str,
        views: tuple[View, ...],
        model: ModelId,
        calibration: npt.NDArray[np.float32] | None = None,
    ) -> None:
        import onnxruntime
        import torch

        self.onnx, self._views, self.id = data, views, model
        self.preprocessing, self.outputs = views[0].preprocessing, views[0].outputs
        self.calibration = calibration
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = torch.get_num_threads()
        settings.log_severity_level = 4
        try:
            self._session: Any = onnxruntime.InferenceSession(
                data, settings, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise PackageError(file, f"ONNX Runtime cannot read it ({_first_line(error)})") from None
        [given] = self._session.get_inputs()
        self._input = given.name
        # A model that was exported for a fixed number of images takes as many, one after the other.
        self._batch = given.shape[0] if isinstance(given.shape[0], int) else None

    @property
    def views(self) -> tuple[View, ...]:
        """What the network sees of a disc."""
        return self._views

    def logits(self, images: Tensor) -> Tensor:
        """Calibrated logits (N, K) for images (N, channels, size, size), without gradients."""
        import torch

        return torch.from_numpy(self.calibrated(self.raw(images.detach().numpy())))

    def calibrated(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated logits (N, K) from the model's own."""
        if self.calibration is None:
            return raw
        return np.asarray(raw * self.calibration[0] + self.calibration[1], dtype=np.float32)

    def raw(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Logits (N, K) before calibration."""
        step = self._batch or len(images)
        parts = []
        for start in range(0, len(images), step):
            part = images[start : start + step]
            padded = np.zeros((step, *part.shape[1:]), dtype=np.float32)
            padded[: len(part)] = part
            [found, *_] = self._session.run(None, {self._input: padded})
            parts.append(found[: len(part)])
        return np.concatenate(parts)

    def __deepcopy__(self, memo: dict[int, Any]) -> OnnxNetwork:
        # The session has no state that a copy could change.
        return self


def check_onnx(data: bytes, file: str) -> None:
    """Raises ``PackageError`` for what is not an ONNX model of one input and of standard operators."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(data)
    except DecodeError:
        raise PackageError(file, "it is not an ONNX model") from None
    graphs = list(_graphs(model))
    if any(one.data_location == onnx.TensorProto.EXTERNAL for graph in graphs for one in graph.initializer):
        raise PackageError(file, "its weights are in another file; save the model with its weights inside")
    for graph in graphs:
        for node in graph.node:
            if node.domain not in DOMAINS:
                raise PackageError(file, f"it needs the custom operator {node.domain}::{node.op_type}")
    if model.functions:
        raise PackageError(file, "it defines operators of its own; export it without functions")
    inputs = {one.name for one in model.graph.input} - {one.name for one in model.graph.initializer}
    if len(inputs) != 1:
        raise PackageError(file, f"it takes {len(inputs)} inputs; a grading network takes one")
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise PackageError(file, f"it is not a valid ONNX model ({_first_line(error)})") from None


def _graphs(model: Any) -> Any:
    """The graph of a model, and those inside its conditions and loops."""
    waiting = [model.graph]
    while waiting:
        graph = waiting.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    waiting.append(attribute.g)
                waiting.extend(attribute.graphs)


def to_torch(data: bytes) -> torch.nn.Module | None:
    """The model as a torch module; None where onnx2torch cannot convert it."""
    import onnx
    import onnx2torch

    try:
        module: torch.nn.Module = onnx2torch.convert(onnx.load_model_from_string(data))
    except Exception:
        # It raises many things for operators that it does not know; the network then has no gradients.
        return None
    return module


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
