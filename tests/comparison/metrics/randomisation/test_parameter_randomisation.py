import numpy as np
import pytest

from spine_core.comparison.metrics.randomisation.parameter_randomisation import (
    DEPTHS,
    parameter_randomisation,
)
from spine_core.comparison.metrics.robustness.stability import Change
from spine_core.comparison.repeat_tests import run_repeat_tests
from spine_core.explanation.registry import explain
from spine_core.progress import Cancelled
from tests.explanation.toys import TARGET, Linear, Mean, disc_image, textured, untrained


@pytest.fixture(scope="module")
def network():
    return untrained(64)


@pytest.fixture(scope="module")
def image():
    return disc_image(textured(64))


def weights(network):
    return b"".join(part.numpy().tobytes() for part in network.module.state_dict().values())


def test_shared_network_is_left_as_it_was(network, image):
    before = weights(network)
    first = explain("grad_cam", network, image, TARGET)
    parameter_randomisation(first, network, image)
    assert weights(network) == before
    assert explain("grad_cam", network, image, TARGET).attribution.tobytes() == first.attribution.tobytes()


def test_map_of_the_network_changes_from_step_to_step(network, image):
    found = parameter_randomisation(explain("grad_cam", network, image, TARGET), network, image)
    assert [stage.depth for stage in found.stages] == list(DEPTHS)
    assert len({stage.attribution.tobytes() for stage in found.stages}) == len(DEPTHS)
    assert -1 < found.chance < 1


def test_maps_independent_of_the_network_do_not_change_and_fail(network, image):
    for control in ("edges", "random"):
        found = parameter_randomisation(explain(control, network, image, TARGET), network, image)
        assert [stage.similarity for stage in found.stages] == pytest.approx([1.0] * len(DEPTHS))
        assert found.passed is False


def test_first_step_randomises_the_last_layer_only(network, image):
    # Eigen-CAM uses the last convolution, which lies before this layer: its map must not change yet.
    first = explain("eigen_cam", network, image, TARGET)
    found = parameter_randomisation(first, network, image)
    assert found.stages[0].similarity == pytest.approx(1.0)
    assert found.stages[-1].similarity < 0.999


def test_equal_seeds_give_equal_permutations(network, image):
    one = explain("grad_cam", network, image, TARGET)
    last = [
        parameter_randomisation(one, network, image, seed).stages[-1].attribution.tobytes()
        for seed in (0, 0, 1)
    ]
    assert last[0] == last[1] != last[2]


def test_all_members_of_an_ensemble_are_randomised(network, image):
    both = Mean(network, untrained(64, gain=10.0))
    found = parameter_randomisation(explain("grad_cam", both, image, TARGET), both, image)
    assert len({stage.attribution.tobytes() for stage in found.stages}) == len(DEPTHS)


def test_network_without_a_module_is_refused(image):
    network = Linear(np.ones((2, 64, 64)))
    with pytest.raises(TypeError, match="cannot be reached"):
        parameter_randomisation(explain("edges", network, image, TARGET), network, image)


@pytest.mark.slow
def test_repeat_tests_include_controls_and_can_be_cancelled(network, image):
    maps = [explain("grad_cam", network, image, TARGET)]
    seen = []
    found = run_repeat_tests(maps, network, image, progress=lambda done, what="": seen.append(done))
    assert found.controls == ("random", "blurred_random", "edges", "random_cam")
    assert len(found.stability) == 5 * (len(Change) - 1), "there is no neighbouring slice"
    assert Change.SLICE not in {one.change for one in found.stability}
    assert [one.method for one in found.randomisation] == ["grad_cam", *found.controls]
    assert seen[-1] == 1.0
    assert max(seen) <= 1.0 + 1e-9

    def cancel(done, what=""):
        if len(seen) > 5:
            raise Cancelled
        seen.append(done)

    seen.clear()
    with pytest.raises(Cancelled):
        run_repeat_tests(maps, network, image, progress=cancel)
