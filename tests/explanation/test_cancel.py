"""How often the methods and the repeat tests check for a cancel, counted in evaluated images."""

import numpy as np
import pytest

from spine_core.comparison.compare import compare
from spine_core.comparison.metrics.robustness.robustness import robustness
from spine_core.comparison.repeat_tests import run_repeat_tests
from spine_core.explanation.gradient.gradients import AT_ONCE
from spine_core.explanation.registry import REGISTRY, explain
from spine_core.networks.grading_network import GradingNetwork
from spine_core.networks.network import TORCH_BATCH
from tests.explanation.test_registry import FEW, spine
from tests.explanation.toys import TARGET, disc_image, textured, untrained

pytestmark = pytest.mark.usefixtures("one_thread")


class Counting:
    """The most images evaluated between two calls of progress. An image with a gradient counts as two."""

    def __init__(self, monkeypatch):
        self.since = self.most = 0
        features = GradingNetwork.features

        def counted(network, images):
            self.since += len(images) * (2 if images.requires_grad else 1)
            self.most = max(self.most, self.since)
            return features(network, images)

        monkeypatch.setattr(GradingNetwork, "features", counted)

    def __call__(self, done, what=""):
        self.since = 0


@pytest.fixture
def image():
    return disc_image(textured(64), regions=spine(64))


def test_counts_evaluations_since_the_last_progress_report(monkeypatch, image):
    counting = Counting(monkeypatch)
    network = untrained(64)
    network.score(np.repeat(image.pixels[None], 9, axis=0), TARGET)
    assert counting.most == 3 * TORCH_BATCH
    counting(0.0)
    network.score(image.pixels[None], TARGET)
    assert counting.most == 3 * TORCH_BATCH


@pytest.mark.parametrize("method", REGISTRY)
def test_every_method_checks_for_a_cancel_after_each_pass(monkeypatch, image, method):
    network, counting = untrained(64), Counting(monkeypatch)
    explain(method, network, image, TARGET, 0, FEW.get(method), counting)
    assert 0 < counting.most <= max(TORCH_BATCH, 2 * AT_ONCE)


@pytest.mark.slow
def test_every_metric_checks_for_a_cancel_after_each_pass(monkeypatch):
    network, image = untrained(32), disc_image(textured(32))
    maps = [explain("grad_cam", network, image, TARGET)]
    counting = Counting(monkeypatch)
    compare(maps, network, image, 0, counting)
    run_repeat_tests(maps, network, image, 0, counting, image)
    robustness(maps, network, image, 0, counting)
    assert 0 < counting.most <= max(TORCH_BATCH, 2 * AT_ONCE)
