"""The networks on each device of this machine. Without an accelerator only the CPU is tested."""

import numpy as np
import pytest
import torch

from spine_core.explanation.registry import EXPLAINERS, explain
from spine_core.networks.ensemble import Ensemble
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.registry import load_bundle
from spine_core.weights import ModelId
from tests.explanation.toys import TARGET, disc_image, textured, untrained

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def ensemble(device: str) -> Ensemble:
    """Two untrained members with the same weights on every device."""
    one = untrained(64)
    members = [
        GradingNetwork(
            one.module,
            one.preprocessing,
            ModelId(name, "0", "0" * 64),
            one._calibration,
            one.architecture,
            device,
        )
        for name in ("first", "second")
    ]
    return Ensemble(members, ModelId("both", "0", "1" * 64), one._calibration)


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
def test_predictions_and_maps_do_not_depend_on_the_device(device):
    image, network = disc_image(textured(64)), ensemble(device)
    assert network.device == network.members[0].device == device
    expected = ensemble("cpu").predict_logits(image.pixels[None])
    np.testing.assert_allclose(network.predict_logits(image.pixels[None]), expected, atol=1e-3)
    for method in EXPLAINERS:
        if "structure" in method.name or "samples" in method.defaults() or "max_evals" in method.defaults():
            continue
        found = explain(method.name, network, image, TARGET).attribution
        np.testing.assert_allclose(
            found,
            explain(method.name, ensemble("cpu"), image, TARGET).attribution,
            atol=1e-3 * np.abs(found).max(),
        )


def test_a_device_that_torch_does_not_have_is_refused():
    with pytest.raises(RuntimeError, match="no-such-device"):
        load_bundle(device="no-such-device")


def test_networks_are_loaded_once_per_device():
    assert load_bundle(device="cpu") is load_bundle(device="cpu")
