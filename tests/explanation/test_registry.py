import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spine_core.anatomy.types import Structure
from spine_core.explanation.registry import CONTROLS, EXPLAINERS, REGISTRY, explain
from spine_core.networks.target import Target, TargetKind
from spine_core.progress import Cancelled
from tests.explanation.toys import TARGET, Mean, disc_image, textured, untrained

FEW = {method.name: {} for method in EXPLAINERS} | {
    "lime": {"samples": 64},
    "partition_shap": {"max_evals": 64},
    "kernel_shap": {"samples": 64},
    "structure_shap": {"samples": 32},
    "structure_lime": {"samples": 32},
    "occlusion": {"patch": 0.25},
    "integrated_gradients": {"gradients": 40},
    "gradient_shap": {"samples": 16},
}
pytestmark = pytest.mark.usefixtures("one_strength")

SEEDED = ("lime", "kernel_shap", "structure_lime", "gradient_shap", "random", "blurred_random", "random_cam")
ASKING = (
    "lime",
    "partition_shap",
    "kernel_shap",
    "structure_shap",
    "structure_lime",
    "occlusion",
    "gradient_shap",
)


SIZE = 32
"""Pixels per side: the cost of a map grows with its square, what is tested here does not depend on it."""


def spine(size):
    """A disc in the middle between two vertebrae, the canal behind them."""
    regions = np.zeros((size, size), np.uint8)
    regions[:, size // 4 : size * 5 // 8] = Structure.VERTEBRA
    regions[size * 7 // 16 : size * 9 // 16, size // 4 : size * 5 // 8] = Structure.DISC
    regions[:, size * 11 // 16 : size * 13 // 16] = Structure.CANAL
    return regions


def hooks(module):
    return [
        name
        for name, part in module.named_modules()
        for kind in vars(part)
        if kind.endswith("_hooks") and getattr(part, kind)
    ]


@pytest.fixture(scope="module")
def network():
    return untrained(SIZE)


@pytest.fixture(scope="module")
def image():
    return disc_image(textured(SIZE), regions=spine(SIZE))


@pytest.mark.slow
@pytest.mark.parametrize("method", FEW)
def test_maps_from_8_threads_equal_the_serial_ones(network, image, method):
    images = [disc_image(textured(SIZE, seed), regions=spine(SIZE)) for seed in range(4)]
    serial = [explain(method, network, one, TARGET, 5, FEW[method]).attribution.tobytes() for one in images]
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(explain, method, network, one, TARGET, 5, FEW[method]) for one in images * 2]
        threaded = [job.result().attribution.tobytes() for job in jobs]
    assert threaded == serial * 2
    # Where no what-if image turns the answer, the map is empty, and two empty maps are equal.
    assert len(set(serial)) >= 3
    assert hooks(network.module) == []


@pytest.mark.slow
@pytest.mark.parametrize("method", REGISTRY)
def test_equal_seed_gives_equal_bytes(network, image, method):
    first, second = (explain(method, network, image, TARGET, 3, FEW.get(method)) for _ in range(2))
    assert first.attribution.tobytes() == second.attribution.tobytes()
    assert first.attribution.shape == (SIZE, SIZE)
    assert first.attribution.dtype == np.float32
    assert (first.seed, first.model, first.level) == (3, network.id, "L4/L5")


@pytest.mark.parametrize("method", SEEDED)
def test_another_seed_gives_another_map(network, image, method):
    one, other = (explain(method, network, image, TARGET, seed, FEW.get(method)) for seed in (0, 1))
    assert one.attribution.tobytes() != other.attribution.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("method", FEW)
def test_all_methods_explain_the_same_score(network, image, method):
    own_score = network.score(image.pixels[None], TARGET)[0]
    assert explain(method, network, image, TARGET, 0, FEW[method]).target_score == pytest.approx(
        own_score, abs=1e-3
    )


@pytest.mark.parametrize("method", REGISTRY)
def test_cancel_stops_at_once_and_leaves_nothing_behind(network, image, method):
    def cancel(done, what=""):
        raise Cancelled

    with pytest.raises(Cancelled):
        explain(method, network, image, TARGET, progress=cancel)
    assert hooks(network.module) == []
    assert not any(
        parameter.requires_grad or parameter.grad is not None for parameter in network.module.parameters()
    )


@pytest.mark.parametrize("method", ASKING)
def test_cancel_in_the_middle_evaluates_no_further_images(image, method):
    network = untrained(SIZE)
    calls = []

    class Watched:
        id = network.id

        def score(self, inputs, target):
            calls.append(len(inputs))
            return network.score(inputs, target)

        def logits(self, inputs):
            return network.logits(inputs)

    def cancel(done, what=""):
        if len(calls) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        explain(method, Watched(), image, TARGET, progress=cancel)
    assert len(calls) == 2


@pytest.mark.parametrize("method", FEW)
def test_exception_in_the_network_passes_through_and_leaves_no_hook(image, method):
    network = untrained(SIZE)

    def broken(*_):
        msg = "out of memory"
        raise RuntimeError(msg)

    network.head = network.score = broken
    with pytest.raises(RuntimeError, match="out of memory"):
        explain(method, network, image, TARGET)
    assert hooks(network.module) == []


@pytest.mark.slow
@pytest.mark.parametrize("method", FEW)
def test_progress_runs_from_0_to_1_without_going_back(network, image, method):
    seen = []
    explain(method, network, image, TARGET, 0, FEW[method], progress=lambda done, what="": seen.append(done))
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


@pytest.mark.parametrize("method", ["lime", "partition_shap", "kernel_shap", "occlusion"])
@pytest.mark.parametrize("baseline", ["blur", "mean", "inpaint"])
def test_missing_weighting_stays_missing(method, baseline):
    image = disc_image(textured(32, t1=False))

    class Watching:
        id = untrained(32).id

        def score(self, inputs, target):
            assert not inputs[:, 1].any()
            return inputs[:, 0].mean(axis=(1, 2)).astype(np.float64)

    few = {"partition_shap": {"max_evals": 40}, "occlusion": {}}.get(method, {"samples": 40})
    explain(method, Watching(), image, TARGET, 0, {**few, "baseline": baseline})


@pytest.mark.parametrize(
    ("method", "settings", "words"),
    [
        ("gradcam", None, "unknown method 'gradcam'; known: grad_cam, lime, partition_shap"),
        ("lime", {"sample": 3}, "no setting 'sample'"),
        ("lime", {"samples": 2.5}, "samples must be of type int"),
        ("lime", {"samples": True}, "samples must be of type int"),
        ("lime", {"samples": 0}, "samples must be above 0"),
        ("lime", {"compactness": float("nan")}, "compactness must be above 0"),
        ("lime", {"baseline": "black"}, "unknown baseline 'black'"),
        ("kernel_shap", {"stop": "soon"}, "unknown stop 'soon'; known: stable, budget"),
        ("occlusion", {"patch": 2.0}, "cannot be larger than the image"),
    ],
)
def test_invalid_requests_are_refused_with_a_message(network, image, method, settings, words):
    with pytest.raises(ValueError, match=words):
        explain(method, network, image, TARGET, 0, settings)


@pytest.mark.parametrize("method", [*EXPLAINERS, *CONTROLS], ids=lambda method: method.name)
def test_every_method_has_complete_metadata(method):
    assert REGISTRY[method.name] is method
    for words in (method.label, method.shows, method.limits, method.resolution):
        assert words
    assert method.family.value
    source = r"(doi 10\.\d{4,9}/\S+|arXiv \d{4}\.\d{4,5}|github\.com/\S+)"
    assert re.fullmatch(rf"(.+ (19|20)\d\d, {source}(; |$))+", method.paper), "author, year, where to find it"


@pytest.mark.slow
@pytest.mark.parametrize("method", REGISTRY)
@pytest.mark.parametrize(
    "target",
    [
        Target("pfirrmann", "4"),
        Target("pfirrmann", "3", TargetKind.AT_LEAST),
        Target("modic", "2", TargetKind.VERSUS, "1"),
    ],
    ids=lambda target: target.kind.value,
)
def test_every_method_explains_every_kind_of_target(network, image, method, target):
    found = explain(method, network, image, target, 0, FEW.get(method))
    assert found.target_score == pytest.approx(network.score(image.pixels[None], target)[0], abs=1e-3)
    assert np.isfinite(found.attribution).all()
    assert found.is_empty != found.attribution.any()


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["densenet121", "efficientnet_lite0", "efficientnet_lite0_coarse"])
@pytest.mark.parametrize("method", REGISTRY)
def test_every_method_explains_every_architecture(method, architecture):
    # Below 64 pixels the last layers of these have one value per channel.
    image = disc_image(textured(64), regions=spine(64))
    other = untrained(64, architecture=architecture)
    found = explain(method, other, image, TARGET, 0, FEW.get(method))
    assert found.attribution.shape == (64, 64)
    assert hooks(other.module) == []


@pytest.mark.slow
@pytest.mark.parametrize("method", REGISTRY)
def test_every_method_explains_an_ensemble_by_its_own_score(network, image, method):
    both = Mean(network, untrained(SIZE, gain=10.0))
    found = explain(method, both, image, TARGET, 0, FEW.get(method))
    assert found.target_score == pytest.approx(both.score(image.pixels[None], TARGET)[0], abs=1e-3)
    assert found.model == both.id
