"""Runs the worked examples of the documentation."""

from __future__ import annotations

import csv
import json
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from spine_core.comparison.types import Outcome
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples"


def example(name: str) -> ModuleType:
    spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_demonstration_study_is_opened_read_explained_and_compared(tmp_path, smallest_network):
    comparison = example("open_read_explain_compare").main(tmp_path, smallest_network)
    reading = json.loads((tmp_path / "reading.json").read_text())
    (graded,) = [f for f in reading["findings"] if (f["level"], f["condition"]) == ("L4/L5", "herniation")]
    assert graded["grade"] == "1"
    assert comparison.comparison.methods == ("grad_cam", "lime")
    for method in comparison.comparison.methods:
        assert np.asarray(Image.open(tmp_path / f"{method}.png")).std() > 0
    table = rows(tmp_path / "comparison.csv")
    assert {row["method"] for row in table if row["control"] == "0"} == {"grad_cam", "lime"}
    assert "L4/L5" in (tmp_path / "comparison.html").read_text()


def test_methods_are_ranked_above_the_random_control():
    means = example("rank_on_phantom_pairs").main(count=2)
    assert list(means.values()) == sorted(means.values(), reverse=True)
    # A dozen changed blocks per pair: chance spreads by 0.06.
    assert means["random"] == pytest.approx(0.5, abs=0.15)
    assert min(means["grad_cam"], means["integrated_gradients"]) > means["edges"]


def test_an_audit_distinguishes_a_method_from_a_control(tmp_path, smallest_network):
    comparison, randomised = example("audit_one_finding").main(tmp_path, smallest_network)
    outcomes = {one.method: one.outcome for one in comparison.comparison.verdicts}
    assert outcomes["random_cam"] is not Outcome.FAITHFUL
    passed = {one.method: one.passed for one in randomised}
    assert passed["grad_cam"] is True
    written = rows(tmp_path / "randomisation.csv")
    assert [float(row["shuffled_fraction"]) for row in written if row["method"] == "grad_cam"] == [
        stage.depth for stage in randomised[0].stages
    ]
    assert {row["control"] for row in rows(tmp_path / "audit.csv")} == {"0", "1"}
    assert "not validated for clinical use" in (tmp_path / "audit.html").read_text()


def test_a_users_networks_learn_from_patients_where_there_are_any(data_dir):
    found = example("bring_your_own_network")
    given = list(found.discs(found.preprocessing(48), data_dir, 6))
    assert [pixels.shape for pixels, _ in given] == [(3, 48, 48)] * 6
    assert {grade for _, grade in given} <= set(range(5))
    assert np.std([pixels for pixels, _ in given]) > 0.5


@pytest.mark.slow
def test_a_users_networks_are_trained_registered_explained_and_compared(
    tmp_path, monkeypatch, smallest_network
):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    maps, agreement = example("bring_your_own_network").main(
        tmp_path / "out", None, smallest_network, size=64, steps=1, count=8, samples=48
    )
    by_network = {}
    for one in maps:
        by_network.setdefault(one.network.id.name, []).append(one.explanation.method)
        assert np.isfinite(one.attribution).all()
        assert one.attribution.shape == (64, 64)
    assert set(by_network) == {"example-resnet50-1.0", "example-vit-tiny-1.0"}
    assert {"grad_cam", "lime", "partition_shap", "integrated_gradients"} <= set(
        by_network["example-resnet50-1.0"]
    )
    assert {"lime", "partition_shap", "kernel_shap", "occlusion"} <= set(by_network["example-vit-tiny-1.0"])
    assert [one.name for one in agreement.networks][1:] == list(by_network)
    [method] = agreement.methods
    assert len(method.agreements) == 3
