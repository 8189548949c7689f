import dataclasses
import json

import pytest

from spine_core.comparison.benchmark.ranking import MethodRank
from spine_core.comparison.benchmark.run import SETTINGS
from spine_core.comparison.benchmark.stored import (
    STORED,
    beats_controls,
    benchmark_warning,
    best_control,
    records,
    summary,
)
from spine_core.explanation.registry import CONTROLS, CORE, REGISTRY
from spine_core.grading.types import ModelId
from spine_core.networks.registry import load_bundle

MODEL = ModelId("ours", "1", "abc")


def ranked(method, found, gain):
    return MethodRank(method, 40, (found, 0.4, 0.9), (0.5, 0.4, 0.6), (0.1, 0.0, 0.2), (1, 1, 2), gain)


RANKED = (
    ranked("lime", 0.75, (0.15, 0.05, 0.25)),
    ranked("partition_shap", 0.7, (0.1, -0.05, 0.2)),
    ranked("edges", 0.6, (0.0, 0.0, 0.0)),
    ranked("random", 0.5, (-0.1, -0.2, 0.0)),
)


@pytest.fixture
def folder(tmp_path):
    kept = {
        "model": dataclasses.asdict(MODEL),
        "backend": "torch float32",
        "settings": {},
        "ranking": [dataclasses.asdict(one) for one in RANKED],
        "lesions": {"bulging": [dataclasses.asdict(one) for one in RANKED[:3]]},
    }
    (tmp_path / "ours.json").write_text(json.dumps(kept))
    (tmp_path / "begun.json").write_text(json.dumps({"model": kept["model"]}))
    real_data = {"model": kept["model"] | {"sha256": "other"}, "localisation": [{}]}
    (tmp_path / "ours.real-data.json").write_text(json.dumps(real_data))
    return tmp_path


def test_a_method_beats_the_controls_where_its_gain_is_significant():
    lime, shap, *_ = RANKED
    assert best_control(RANKED).method == "edges"
    assert beats_controls(lime)
    assert not beats_controls(shap)
    assert summary(RANKED) == (
        "On 40 pairs, 1 of 2 methods find the changed region better than the best control (Edges, 0.60); best is "
        "LIME with 0.75. No better than this control: SHAP."
    )


def test_completed_runs_are_read_and_incomplete_ones_left_out(folder):
    (record,) = records(folder).values()
    assert record.model == MODEL
    assert record.ranking == RANKED
    assert record.lesions == {"bulging": RANKED[:3]}
    assert record.localisation is None, "stored results of another network"


def test_benchmark_warns_of_failing_methods_of_the_same_network_only(folder):
    assert "40 pairs" in benchmark_warning(MODEL, "partition_shap", folder)
    assert benchmark_warning(MODEL, "lime", folder) is None
    assert benchmark_warning(MODEL, "edges", folder) is None
    assert benchmark_warning(dataclasses.replace(MODEL, sha256="x"), "partition_shap", folder) is None
    assert benchmark_warning(MODEL, "grad_cam", folder) is None


def test_stored_runs_are_of_the_released_networks_with_at_least_200_pairs():
    networks = load_bundle().networks()
    assert records(STORED)
    for name, record in records(STORED).items():
        assert record.model == networks[name].id
        ranked = {one.method for one in record.ranking}
        assert ranked >= {one.name for one in (*CORE, *CONTROLS)}
        assert ranked <= set(REGISTRY), "a method that was added later is ranked by the next run"
        assert record.ranking[0].pairs >= 200
        kept = record.settings["methods"]
        assert all(kept[method].items() >= settings.items() for method, settings in SETTINGS.items())
        scores = record.table.read_text().splitlines()
        assert len(scores) == 1 + len(record.ranking) * record.ranking[0].pairs
