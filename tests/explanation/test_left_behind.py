"""200 explanations change nothing in the network and leave no memory allocated."""

import gc
import tracemalloc

import pytest
import torch

from spine_core.explanation.registry import REGISTRY, explain
from tests.explanation.test_registry import hooks, spine
from tests.explanation.toys import TARGET, disc_image, textured, untrained

pytestmark = pytest.mark.usefixtures("one_thread", "one_strength")

CHEAP = {
    "lime": {"samples": 8, "superpixels": 4},
    "partition_shap": {"max_evals": 8, "cells": 4},
    "kernel_shap": {"samples": 8, "superpixels": 4},
    "structure_shap": {"samples": 8},
    "structure_lime": {"samples": 8},
    "occlusion": {"patch": 0.9},
    "integrated_gradients": {"gradients": 8},
    "gradient_shap": {"samples": 2},
}
"""The cheapest settings of each method."""

EXPLANATIONS = 200

SLACK = 200_000
"""Bytes that Python itself may keep: caches of regular expressions, of imports, of warnings. One image of the test
is 8 kB, one map 4 kB and the network 45 MB, so that 200 maps held in memory would be noticed."""


def explained(network, images, count):
    names = list(REGISTRY)
    for number in range(count):
        name = names[number % len(names)]
        explain(name, network, images[number % len(images)], TARGET, number, CHEAP.get(name))


def state(network):
    module = network.module
    return {
        "hooks": hooks(module),
        "training": [part.training for part in module.modules()],
        "followed": [(one.requires_grad, one.grad) for one in module.parameters()],
        "weights": [value.numpy().tobytes() for value in module.state_dict().values()],
    }


def tensors():
    gc.collect()
    return sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects())


@pytest.fixture
def images():
    return [disc_image(textured(32, seed), regions=spine(32)) for seed in range(3)]


@pytest.mark.slow
def test_200_explanations_leave_nothing_behind(images):
    network = untrained(32)
    before = state(network)
    explained(network, images, len(REGISTRY))
    live = tensors()
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        explained(network, images, EXPLANATIONS)
        assert tensors() == live
        grown = tracemalloc.get_traced_memory()[0] - start
    finally:
        tracemalloc.stop()
    assert grown < SLACK
    assert state(network) == before
    assert before["hooks"] == []
    assert not any(followed or grad is not None for followed, grad in before["followed"])
    assert not any(before["training"])
