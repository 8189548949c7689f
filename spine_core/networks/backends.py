"""Backends that compute a network's logits faster than torch float32."""

from __future__ import annotations

import copy
import importlib.util
import math
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from spine_core.networks.network import BACKEND_BATCH, Network

PredictLogits = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""Calibrated logits (BATCH, K) of images (BATCH, channels, size, size). Safe from several threads."""


@dataclass(frozen=True)
class Backend:
    """``make``: compiles a network for this backend, which takes seconds and leaves the network unchanged."""

    name: str
    make: Callable[[Network], PredictLogits]


def has_fast_bfloat16(device: str = "cpu") -> bool:
    """Whether ``device`` computes in bfloat16 faster than in float32: accelerators, and CPUs with instructions for it.

    Other CPUs emulate it and take two to five times as long.
    """
    if not device.startswith("cpu"):
        return True
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("amx_bf16") or able.get("avx512_bf16"))


def available_backends(device: str = "cpu") -> tuple[Backend, ...]:
    """Backends that are faster than torch float32 on ``device``, fastest first; ``make bench`` measures them.

    There are none on an accelerator, where torch is the fastest.
    """
    if device != "cpu":
        return ()
    bf16 = has_fast_bfloat16()
    openvino = importlib.util.find_spec("openvino") is not None
    return (
        *([Backend("OpenVINO bfloat16", _openvino("bf16"))] if openvino and bf16 else []),
        *([Backend("torch bfloat16", _autocast)] if bf16 else []),
        *([Backend("OpenVINO float32", _openvino("f32"))] if openvino else []),
    )


def _autocast(network: Network) -> PredictLogits:
    import torch

    def predict_logits(images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        whole = torch.from_numpy(images).to(memory_format=torch.channels_last)
        with torch.inference_mode():
            split = network.feature_head(whole)
            with torch.autocast("cpu", torch.bfloat16):
                if split is None or split is not cast(object, network):
                    return network.logits(whole).float().numpy()
                maps = split.features(whole)
            # The head takes no time, and bfloat16 would round its logits to three digits.
            return split.head(maps.float()).numpy()

    return predict_logits


def _openvino(precision: str) -> Callable[[Network], PredictLogits]:
    def make(network: Network) -> PredictLogits:
        import torch

        openvino = import_openvino()
        # Each thread takes its part of a batch through all layers: no thread waits for another after each layer.
        threads = torch.get_num_threads()
        streams = math.gcd(BACKEND_BATCH, threads)
        preprocessing = network.preprocessing
        shape = (
            BACKEND_BATCH // streams,
            len(preprocessing.channels),
            preprocessing.size,
            preprocessing.size,
        )
        if network.onnx is None:
            example = torch.zeros(shape)
            model = openvino.convert_model(
                _traced(network, example), example_input=example, input=[list(shape)]
            )
        else:
            model = openvino.Core().read_model(network.onnx)
            model.reshape(list(shape))
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": threads,
        }
        compiled = openvino.Core().compile_model(model, "CPU", settings)
        requests = [compiled.create_infer_request() for _ in range(streams)]
        one_at_a_time = threading.Lock()

        def predict_logits(images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
            with one_at_a_time:
                for request, part in zip(requests, np.split(images, streams), strict=True):
                    request.start_async({0: part})
                for request in requests:
                    request.wait()
                found = np.concatenate([request.get_output_tensor(0).data for request in requests])
            return found if network.onnx is None else network.calibrated(found)

        return predict_logits

    return make


def import_openvino() -> Any:
    """Imports OpenVINO without its telemetry package, which reports every import to Google Analytics."""
    cast(dict[str, Any], sys.modules).setdefault("openvino_telemetry", None)
    import openvino

    return openvino


def _traced(network: Network, example: Any) -> Any:
    """``network.logits`` traced by torch, on a copy, since other threads use the network itself.

    ``torch.export`` is meant to replace tracing, but changes the logits that other threads get meanwhile.
    """
    import torch

    # ``warnings.catch_warnings`` is not thread-safe.
    warnings.filterwarnings("ignore", r"`torch\.jit\.trace", FutureWarning)
    # The images of one network have one size, so what follows from the size may become a constant.
    warnings.filterwarnings("ignore", category=cast(Any, torch.jit).TracerWarning)
    network_copy = copy.deepcopy(network)
    with torch.no_grad():
        return cast(Any, torch.jit).trace(network_copy.logits, example, check_trace=False)
