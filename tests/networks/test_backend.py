"""Faster backends: near torch's logits, refused where ranks differ, and fixed during an explanation."""

from __future__ import annotations

import copy
import importlib.util
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from spine_core.explanation.registry import explain
from spine_core.networks import backends as making
from spine_core.networks.backend import AutoBackend, FixedBackend, backend_of, resolve_backend
from spine_core.networks.backend_equivalence import compare_backends, probe_inputs
from spine_core.networks.backends import Backend, available_backends, import_openvino
from spine_core.networks.ensemble import Ensemble
from spine_core.networks.network import BACKEND_BATCH, TORCH
from spine_core.networks.outputs import LOGITS
from spine_core.networks.registry import Bundle
from spine_core.weights import ModelId
from tests.explanation.toys import COLUMN, TARGET, disc_image, textured, untrained

SETTINGS = {"samples": 64}


def by_torch(network, scale=1.0, noise=0.0):
    """A backend that computes torch's logits, scaled by ``scale`` and with Gaussian noise of deviation ``noise``."""
    random = np.random.default_rng(0)

    def predict(images):
        out = network.predict_logits(images)
        return (scale * out + noise * random.standard_normal(out.shape)).astype(np.float32)

    return predict


def altered_torch(name="another", **changes):
    return Backend(name, lambda network: by_torch(network, **changes))


@pytest.fixture(scope="module")
def network():
    return untrained(64)


@pytest.fixture(scope="module")
def image():
    return disc_image(textured(64))


@pytest.fixture(scope="module", params=available_backends(), ids=lambda available: available.name)
def made(request, network):
    """The network with each backend available on this machine."""
    return FixedBackend(network, request.param.name, request.param.make(network))


def test_logits_are_near_torchs_for_any_number_of_images(network, made):
    images = probe_inputs(network.preprocessing)[0][: 2 * BACKEND_BATCH + 3]
    ours, theirs = network.predict_logits(images), made.predict_logits(images)
    assert theirs.shape == ours.shape
    assert theirs.dtype == np.float32
    np.testing.assert_allclose(theirs, ours, atol=0.03 * ours.std())
    assert made.predict_logits(images[:0]).shape == (0, ours.shape[1])
    np.testing.assert_array_equal(made.predict_logits(images[-3:]), theirs[-3:])


def test_the_same_bytes_from_8_threads(made):
    images = [textured(64, seed)[None] for seed in range(4)]
    serial = [made.predict_logits(one).tobytes() for one in images]
    with ThreadPoolExecutor(8) as pool:
        threaded = [one.tobytes() for one in pool.map(made.predict_logits, images * 8)]
    assert threaded == serial * 8
    assert len(set(serial)) == 4


@pytest.mark.parametrize("architecture", ["densenet121", "efficientnet_lite0_coarse"])
def test_a_backend_computes_an_ensemble_as_one_network(network, architecture):
    other = untrained(64, architecture=architecture)
    other.id = ModelId(architecture, "0", "0" * 64)
    model, calibration = ModelId("both", "0", "0" * 64), torch.tensor([[2.0], [1.0]]).repeat(1, LOGITS)
    both = Ensemble([network, other], model, calibration)
    images = probe_inputs(both.preprocessing)[0][:BACKEND_BATCH]
    for available in available_backends()[:1]:
        ours, theirs = both.predict_logits(images), available.make(both)(images)
        np.testing.assert_allclose(theirs, ours, atol=0.03 * ours.std())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scale": -1.0}, "Spearman -1.000 of the scores"),
        ({"scale": 2.0}, "another does not agree with torch"),
        ({"noise": 3.0}, "another does not agree with torch"),
        ({"scale": 0.0}, "Spearman 0.000"),
        ({"scale": np.nan}, "Spearman 0.000"),
    ],
    ids=["negated", "twice as large", "noisy", "constant", "not a number"],
)
def test_a_wrong_backend_is_refused_and_torch_is_used(network, changes, words):
    found = AutoBackend(network, lambda device: [altered_torch(**changes)])
    job = found.prepare()
    assert job.wait(60)
    assert job.error is None
    assert words in job.result[1]
    assert job.result[1].endswith(f"{TORCH} computes the scores.")
    assert found.resolve() is network
    assert found.resolve().backend == TORCH


def test_the_first_equivalent_backend_is_used(network):
    def broken(network):
        msg = "out of memory"
        raise RuntimeError(msg)

    candidates = [
        Backend("first", broken),
        altered_torch("second", scale=-1.0),
        altered_torch("third"),
        altered_torch("fourth"),
    ]
    found = AutoBackend(network, lambda device: candidates)
    assert found.wait_ready().backend == "third"
    words = found.prepare().result[1]
    assert words.startswith("first fails (RuntimeError). second does not agree")
    assert "third agrees with torch (Spearman 1.000" in words


def test_a_failed_search_is_not_repeated(network):
    begun = []

    def none(device):
        begun.append(1)
        msg = "no list of backends"
        raise RuntimeError(msg)

    found = AutoBackend(network, none)
    assert found.wait_ready() is network
    assert found.wait_ready() is network
    assert begun == [1]


@pytest.mark.slow
def test_torch_is_used_until_the_backend_is_ready_and_no_explanation_mixes_both(network, image):
    start, begun, go_on = threading.Event(), threading.Event(), threading.Event()

    def make(network):
        assert start.wait(60)
        return by_torch(network, scale=1.001)

    found = AutoBackend(network, lambda device: [Backend("later", make)])
    assert found.resolve() is network

    def watched(done, what=""):
        if done > 0 and not begun.is_set():
            begun.set()
            assert go_on.wait(60)

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(explain, "lime", found, image, TARGET, 0, SETTINGS, watched)
        assert begun.wait(60)
        start.set()
        assert found.prepare().wait(60)
        go_on.set()
        half_way = job.result()
    by_torch_alone = explain("lime", network, image, TARGET, 0, SETTINGS)
    after = explain("lime", found, image, TARGET, 0, SETTINGS)
    assert (half_way.backend, after.backend) == (TORCH, "later")
    assert half_way.attribution.tobytes() == by_torch_alone.attribution.tobytes()
    assert after.attribution.tobytes() != by_torch_alone.attribution.tobytes()
    np.testing.assert_allclose(after.attribution, by_torch_alone.attribution, rtol=0.01, atol=0.01)


@pytest.mark.slow
def test_scores_come_from_the_backend_and_gradients_and_predictions_from_torch(network, image):
    found = AutoBackend(network, lambda device: [altered_torch("other", scale=1.001)])
    found.wait_ready()
    for method, few in (
        ("lime", SETTINGS),
        ("partition_shap", {"max_evals": 64}),
        ("occlusion", {"patch": 0.5}),
    ):
        assert explain(method, found, image, TARGET, 0, few).backend == "other"
    for method, few in (("grad_cam", {}), ("integrated_gradients", {"gradients": 40}), ("random", {})):
        ours = explain(method, found, image, TARGET, 0, few)
        assert ours.backend == TORCH
        assert (
            ours.attribution.tobytes()
            == explain(method, network, image, TARGET, 0, few).attribution.tobytes()
        )
    for one in (found, found.resolve()):
        assert (
            one.predict(image.pixels[None]).logits.tobytes()
            == network.predict_logits(image.pixels[None]).tobytes()
        )


def test_a_deep_copy_has_no_backend(network, image):
    found = AutoBackend(network, lambda device: [altered_torch("other")])
    for one in (found, found.wait_ready()):
        own = copy.deepcopy(one)
        assert backend_of(resolve_backend(own)) == TORCH
        with torch.no_grad():
            own.module.fc[1].weight.zero_()
        assert np.ptp(own.score(textured(64)[None].repeat(2, axis=0), TARGET)) == 0
    assert network.module.fc[1].weight.any()


def test_compiling_a_backend_does_not_change_logits_in_other_threads(network):
    inputs = textured(64)[None]
    logits = network.predict_logits(inputs).tobytes()
    done, wrong, calls = threading.Event(), [], []

    def others():
        while not done.is_set():
            calls.append(1)
            if network.predict_logits(inputs).tobytes() != logits:
                wrong.append(1)

    thread = threading.Thread(target=others)
    thread.start()
    for available in available_backends():
        available.make(network)
    done.set()
    thread.join()
    assert calls
    assert not wrong
    assert not any(parameter.requires_grad for parameter in network.module.parameters())


def test_the_bundle_grades_with_torch_and_explains_with_one_backend_per_network(network):
    bundle = Bundle(None, None, network)
    assert bundle.grader is network
    assert bundle.explained_network.network is network
    assert bundle.explained_network.id == network.id
    assert bundle.networks()["untrained"] is bundle.networks()["untrained"] is bundle.explained_network


def test_explanations_work_without_openvino(network, image, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        making.importlib.util, "find_spec", lambda name: None if name == "openvino" else real(name)
    )
    assert not any("OpenVINO" in available.name for available in available_backends())
    assert explain("lime", AutoBackend(network).wait_ready(), image, TARGET, 0, SETTINGS).attribution.any()


def test_bfloat16_is_not_used_without_hardware_support(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    assert not any("bfloat16" in available.name for available in available_backends())


def test_on_an_accelerator_torch_itself_is_the_backend():
    assert available_backends("cuda") == ()


def test_openvino_sends_no_telemetry():
    if importlib.util.find_spec("openvino") is None:
        assert not any("OpenVINO" in available.name for available in available_backends())
        return
    import_openvino()
    telemetry = sys.modules["openvino.tools.ovc.telemetry_utils"]
    assert telemetry.tm.__name__ == "openvino.tools.ovc.telemetry_stub"
    assert sys.modules["openvino_telemetry"] is None


def test_equal_ranks_alone_are_not_equivalent():
    shown = np.random.default_rng(0).random((128, 25)) < 0.5
    torch_logits = np.zeros((128, LOGITS), np.float32)
    torch_logits[:, COLUMN] = shown @ np.linspace(-1, 1, 25)
    same, twice = (
        compare_backends(torch_logits, torch_logits, shown),
        compare_backends(torch_logits, 2 * torch_logits, shown),
    )
    assert (same.scores, same.maps, same.error) == pytest.approx((1, 1, 0))
    assert (twice.scores, twice.maps) == pytest.approx((1, 1))
    assert twice.error > 0.2
    assert (same.is_equivalent, twice.is_equivalent) == (True, False)


def test_a_constant_network_is_not_equivalent():
    still = np.zeros((128, LOGITS), np.float32)
    assert not compare_backends(still, still, np.ones((128, 25), bool)).is_equivalent
