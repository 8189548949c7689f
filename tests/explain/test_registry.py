from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spine_core.explain.registry import CONTROLS, EXPLAINERS, REGISTRY, explain
from spine_core.progress import Cancelled
from tests.explain.toys import TARGET, disc_image, textured, untrained

FEW = {"grad_cam": {}, "lime": {"samples": 64}, "shap": {"max_evals": 64}}


def hooks(module):
    return [
        name
        for name, part in module.named_modules()
        for kind in vars(part)
        if kind.endswith("_hooks") and getattr(part, kind)
    ]


@pytest.fixture(scope="module")
def network():
    return untrained(64)


@pytest.fixture(scope="module")
def image():
    return disc_image(textured(64))


@pytest.mark.parametrize("method", FEW)
def test_maps_from_8_threads_equal_the_serial_ones(network, image, method):
    images = [disc_image(textured(64, seed)) for seed in range(4)]
    serial = [explain(method, network, one, TARGET, 5, FEW[method]).map.tobytes() for one in images]
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(explain, method, network, one, TARGET, 5, FEW[method]) for one in images * 2]
        threaded = [job.result().map.tobytes() for job in jobs]
    assert threaded == serial * 2
    assert len(set(serial)) == 4
    assert hooks(network.module) == []


@pytest.mark.parametrize("method", REGISTRY)
def test_equal_seed_gives_equal_bytes(network, image, method):
    first, second = (explain(method, network, image, TARGET, 3, FEW.get(method)) for _ in range(2))
    assert first.map.tobytes() == second.map.tobytes()
    assert first.map.shape == (64, 64)
    assert first.map.dtype == np.float32
    assert (first.seed, first.model, first.level) == (3, network.id, "L4/L5")


@pytest.mark.parametrize("method", ["lime", "random", "blurred_random"])
def test_another_seed_gives_another_map(network, image, method):
    one, other = (explain(method, network, image, TARGET, seed, FEW.get(method)) for seed in (0, 1))
    assert one.map.tobytes() != other.map.tobytes()


@pytest.mark.parametrize("method", FEW)
def test_all_methods_explain_the_same_answer(network, image, method):
    answer = network.score(image.pixels[None], TARGET)[0]
    assert explain(method, network, image, TARGET, 0, FEW[method]).answer == pytest.approx(answer, abs=1e-3)


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


@pytest.mark.parametrize("method", ["lime", "shap"])
def test_cancel_in_the_middle_asks_no_further_pictures(image, method):
    network = untrained(64)
    calls = []

    class Watched:
        id = network.id

        def score(self, pictures, target):
            calls.append(len(pictures))
            return network.score(pictures, target)

    def cancel(done, what=""):
        if len(calls) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        explain(method, Watched(), image, TARGET, progress=cancel)
    assert len(calls) == 2


@pytest.mark.parametrize("method", FEW)
def test_exception_in_the_network_passes_through_and_leaves_no_hook(image, method):
    network = untrained(64)

    def broken(features):
        msg = "out of memory"
        raise RuntimeError(msg)

    network.head = broken
    with pytest.raises(RuntimeError, match="out of memory"):
        explain(method, network, image, TARGET)
    assert hooks(network.module) == []


@pytest.mark.parametrize("method", FEW)
def test_progress_runs_from_0_to_1_without_going_back(network, image, method):
    seen = []
    explain(method, network, image, TARGET, 0, FEW[method], progress=lambda done, what="": seen.append(done))
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


@pytest.mark.parametrize("method", ["lime", "shap"])
@pytest.mark.parametrize("fill", ["blur", "mean", "inpaint"])
def test_missing_weighting_stays_missing(method, fill):
    image = disc_image(textured(32, t1=False))

    class Watching:
        id = untrained(32).id

        def score(self, pictures, target):
            assert not pictures[:, 1].any()
            return pictures[:, 0].mean(axis=(1, 2)).astype(np.float64)

    few = {"samples": 40} if method == "lime" else {"max_evals": 40}
    explain(method, Watching(), image, TARGET, 0, {**few, "fill": fill})


@pytest.mark.parametrize(
    ("method", "settings", "words"),
    [
        ("gradcam", None, "unknown method 'gradcam'; known: grad_cam, lime, shap"),
        ("lime", {"sample": 3}, "no setting 'sample'"),
        ("lime", {"samples": 2.5}, "samples must be of type int"),
        ("lime", {"samples": True}, "samples must be of type int"),
        ("lime", {"samples": 0}, "samples must be above 0"),
        ("lime", {"compactness": float("nan")}, "compactness must be above 0"),
        ("lime", {"fill": "black"}, "unknown fill 'black'"),
    ],
)
def test_bad_requests_are_named(network, image, method, settings, words):
    with pytest.raises(ValueError, match=words):
        explain(method, network, image, TARGET, 0, settings)


@pytest.mark.parametrize("method", [*EXPLAINERS, *CONTROLS], ids=lambda method: method.name)
def test_every_method_says_what_it_is(method):
    assert REGISTRY[method.name] is method
    assert method.label
    assert method.shows
    assert "20" in method.paper
