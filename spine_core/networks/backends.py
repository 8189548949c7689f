"""What can compute a network's answers faster than torch in float32 does."""

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

from spine_core.networks.grading_network import BACKEND_BATCH, Network

PredictLogits = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""Calibrated logits (BATCH, LOGITS) of pictures (BATCH, channels, size, size). Safe from several threads."""


@dataclass(frozen=True)
class Backend:
    """``make``: makes ready to answer as the network does, which takes seconds and leaves the network as it is."""

    name: str
    make: Callable[[Network], PredictLogits]


def available_backends(device: str = "cpu") -> tuple[Backend, ...]:
    """Those that are faster than torch in float32 on ``device``, fastest first; ``make bench`` measures them.

    None on an accelerator: there torch is the fastest.
    """
    if device != "cpu":
        return ()
    import torch

    able = torch.cpu.get_capabilities()
    bf16 = bool(able.get("amx_bf16") or able.get("avx512_bf16"))
    openvino = importlib.util.find_spec("openvino") is not None
    return (
        *([Backend("OpenVINO bfloat16", _openvino("bf16"))] if openvino and bf16 else []),
        *([Backend("torch bfloat16", _autocast)] if bf16 else []),
        *([Backend("OpenVINO float32", _openvino("f32"))] if openvino else []),
    )


def _autocast(network: Network) -> PredictLogits:
    import torch

    def answer(pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        whole = torch.from_numpy(pictures).to(memory_format=torch.channels_last)
        with torch.inference_mode():
            with torch.autocast("cpu", torch.bfloat16):
                maps = network.features(whole)
            # The head costs nothing, and its logits are not to be rounded to three digits.
            return network.head(maps.float()).numpy()

    return answer


def _openvino(precision: str) -> Callable[[Network], PredictLogits]:
    def make(network: Network) -> PredictLogits:
        import torch

        openvino = import_openvino()
        # Every thread takes its share of a batch through all layers: none waits for another after each layer.
        threads = torch.get_num_threads()
        shares = math.gcd(BACKEND_BATCH, threads)
        contract = network.preprocessing
        shape = (BACKEND_BATCH // shares, len(contract.channels), contract.size, contract.size)
        example = torch.zeros(shape)
        model = openvino.convert_model(_traced(network, example), example_input=example, input=[list(shape)])
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "NUM_STREAMS": shares,
            "INFERENCE_NUM_THREADS": threads,
        }
        compiled = openvino.Core().compile_model(model, "CPU", settings)
        requests = [compiled.create_infer_request() for _ in range(shares)]
        one_at_a_time = threading.Lock()

        def answer(pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
            with one_at_a_time:
                for request, part in zip(requests, np.split(pictures, shares), strict=True):
                    request.start_async({0: part})
                for request in requests:
                    request.wait()
                return np.concatenate([request.get_output_tensor(0).data for request in requests])

        return answer

    return make


def import_openvino() -> Any:
    """OpenVINO, kept from calling home: it tells Google Analytics of every import, unless this package is missing."""
    cast(dict[str, Any], sys.modules).setdefault("openvino_telemetry", None)
    import openvino

    return openvino


def _traced(network: Network, example: Any) -> Any:
    """The steps of ``network.logits`` as torch took them once, on a copy: the network itself serves others.

    ``torch.export`` is meant to replace tracing, but changes the answers that other threads get meanwhile.
    """
    import torch

    # ``warnings.catch_warnings`` is not for threads.
    warnings.filterwarnings("ignore", r"`torch\.jit\.trace", FutureWarning)
    # Pictures of one network have one size: what is worked out from it may well become a constant.
    warnings.filterwarnings("ignore", category=cast(Any, torch.jit).TracerWarning)
    own = copy.deepcopy(network)
    with torch.no_grad():
        return cast(Any, torch.jit).trace(own.logits, example, check_trace=False)
