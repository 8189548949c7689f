from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.audit.batch import finding_maps as module
from spine_core.audit.batch.finding_maps import FindingWork, finding_maps, read_stored_map, stored_map
from spine_core.audit.batch.types import Backend, BatchPlan, Status
from spine_core.comparison.compare import CONTROL_DRAWS, compare
from spine_core.comparison.metrics.agreement.agreement import agreements
from spine_core.explanation.registry import explain
from tests.pages import fakes

PLAN = BatchPlan(("grad_cam", "occlusion"), settings={"occlusion": {"patch": 0.3}}, backend=Backend.TORCH)


@pytest.fixture(scope="module")
def work() -> FindingWork:
    reading = fakes.reading()
    finding = reading.finding("L4/L5", "pfirrmann")
    return FindingWork(PLAN, "5" * 64, finding, reading.image_of(finding), fakes.bundle().grader)


@pytest.fixture(scope="module")
def made(work):
    return finding_maps(work)


def test_there_is_a_row_per_method_per_draw_of_a_control_and_per_pair_of_methods(work, made):
    keys, rows = made
    assert keys == [row.key for row in rows]
    assert len(set(keys)) == len(keys) == 2 + 2 * CONTROL_DRAWS + 1 + 1
    assert [(row.method, row.other) for row in rows if not row.control] == [
        ("grad_cam", ""), ("occlusion", ""), ("grad_cam", "occlusion"),
    ]  # fmt: skip
    assert {row.status for row in rows} == {Status.DONE}
    assert {(row.level, row.condition, row.grade) for row in rows} == {
        ("L4/L5", "pfirrmann", work.finding.grade)
    }


def numbers(values):
    """An empty map has no value."""
    return {name: float("nan") if value is None else value for name, value in values.items()}


def test_the_metrics_are_those_of_the_comparison(work, made):
    explained = [
        explain(name, work.network, work.image, work.target, 0, PLAN.settings_of(name))
        for name in PLAN.methods
    ]
    comparison = compare(explained, work.network, work.image, 0)
    for row in made[1][:-1]:
        expected = {
            (one.metric.name, one.variant): one.value
            for one in comparison.results
            if (one.method, one.draw, one.is_control) == (row.method, row.draw, row.control) and not one.other
        }
        expected.pop(("seconds", ""), None)
        found = {tuple([*name.split(".", 1), ""][:2]): value for name, value in row.metrics.items()}
        assert numbers(found) == pytest.approx(numbers(expected), rel=1e-6, nan_ok=True)
    outcomes = {one.method: one.outcome for one in comparison.verdicts}
    assert {row.method: row.outcome for row in made[1][:-1] if not row.control} == outcomes


def test_a_pair_has_the_agreement_of_its_maps_whatever_else_is_computed(work, made):
    maps = [
        explain(name, work.network, work.image, work.target, 0, PLAN.settings_of(name))
        for name in PLAN.methods
    ]
    (expected,) = agreements(maps, np.random.default_rng(0))
    pair = made[1][-1]
    assert numbers(pair.metrics) == pytest.approx(
        numbers({one.metric.name: one.value for one in expected.results})
        | numbers({f"{one.metric.name}.chance": one.chance for one in expected.results}),
        nan_ok=True,
    )
    more = finding_maps(replace(work, plan=replace(PLAN, methods=("occlusion", "lime", "grad_cam"))))[1]
    (same,) = [row for row in more if (row.method, row.other) == ("grad_cam", "occlusion")]
    assert same.key == pair.key
    assert numbers(same.metrics) == pytest.approx(numbers(pair.metrics), nan_ok=True)


def test_a_pair_of_maps_of_two_earlier_batches_is_computed_and_no_map_is_a_row_again(work, made):
    keys, rows = made
    again = finding_maps(replace(work, known=frozenset(keys) - {rows[-1].key}))[1]
    assert [(row.method, row.other) for row in again] == [("grad_cam", "occlusion")]
    assert numbers(again[0].metrics) == pytest.approx(numbers(rows[-1].metrics), nan_ok=True)


def test_a_kept_map_is_the_map(work, made):
    row = made[1][0]
    attribution = explain("grad_cam", work.network, work.image, work.target).attribution
    assert np.abs(read_stored_map(row.attribution) - attribution).max() <= np.abs(attribution).max() / 1000
    assert stored_map(attribution) == stored_map(attribution.copy())
    assert not read_stored_map(stored_map(np.zeros((4, 4), np.float32))).any()


def test_without_maps_there_are_only_numbers(work):
    _, rows = finding_maps(replace(work, plan=replace(PLAN, methods=("grad_cam",), keep_maps=False)))
    assert {row.attribution for row in rows} == {None}


def test_known_maps_are_not_computed_again(work, made, monkeypatch):
    keys, rows = made
    assert finding_maps(replace(work, known=frozenset(keys))) == (keys, [])
    known = frozenset(keys) - {rows[0].key}
    again = finding_maps(replace(work, known=known))[1]
    assert again[0].key == rows[0].key
    assert numbers(again[0].metrics) == pytest.approx(numbers(rows[0].metrics), nan_ok=True)
    # Controls do not depend on which methods are compared.
    assert {row.key: row.metrics for row in again[1:]} == {
        row.key: row.metrics for row in rows if row.control
    }


def test_a_method_that_fails_is_a_row_and_the_others_go_on(work, monkeypatch):
    def broken(name, *rest, **named):
        if name == "occlusion":
            raise MemoryError("Doe^Jane.dcm")
        return explain(name, *rest, **named)

    monkeypatch.setattr(module, "explain", broken)
    _, rows = finding_maps(work)
    by_method = {row.method: row for row in rows if not row.control}
    assert {row.other for row in rows} == {""}, "there is no pair of a map that is not there"
    assert by_method["occlusion"].status is Status.FAILED
    # The message of an error that nobody foresaw may name a file.
    assert by_method["occlusion"].reason == "MemoryError"
    assert by_method["grad_cam"].status is Status.DONE


def test_a_method_that_the_network_does_not_allow_says_why(work):
    class Blind:
        """Without gradients and feature maps."""

        differentiable = has_feature_maps = False

        def __getattr__(self, name):
            return getattr(work.network, name)

    _, rows = finding_maps(replace(work, network=Blind(), plan=replace(PLAN, methods=("grad_cam",))))
    assert [(row.status, row.reason) for row in rows] == [
        (Status.UNAVAILABLE, "it needs a layer with feature maps")
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"study_sha256": "6" * 64},
        {"plan": replace(PLAN, seed=1)},
        {"plan": replace(PLAN, backend=Backend.FASTEST)},
        {"plan": replace(PLAN, settings={"occlusion": {"patch": 0.4}})},
    ],
)
def test_another_study_seed_backend_or_setting_is_another_map(work, change):
    assert replace(work, **change).key("occlusion") != work.key("occlusion")
    other = replace(work.finding, level="L5/S1")
    assert replace(work, finding=other).key("occlusion") != work.key("occlusion")
