"""The rows of reasons that are no maps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spine_core.audit.batch.finding_maps import finding_maps
from spine_core.audit.batch.finding_reasons import NOT_OF_TWINS, finding_reasons
from spine_core.audit.batch.finding_work import FindingWork
from spine_core.audit.batch.types import Backend, BatchPlan, Status
from spine_core.audit.reasons.base import GradedDisc
from spine_core.audit.reasons.content import read_stored_reason
from spine_core.audit.reasons.registry import REASONS
from spine_core.weights import ModelId
from tests.pages import fakes

PLAN = BatchPlan(("grad_cam", "measurements", "inputs"), backend=Backend.TORCH)


@pytest.fixture
def work() -> FindingWork:
    reading = fakes.reading()
    finding = reading.finding("L4/L5", "pfirrmann")
    image, network = reading.image_of(finding), fakes.bundle().grader
    disc = GradedDisc(fakes.study(), reading, finding, image, network)
    return FindingWork(PLAN, "5" * 64, finding, image, network, disc=disc)


def test_there_is_a_row_per_reason_and_control_beside_those_of_the_maps(work):
    keys, rows = finding_maps(work)
    assert [(row.method, row.control, row.status) for row in rows[-3:]] == [
        ("measurements", False, Status.UNAVAILABLE),
        ("inputs", False, Status.DONE),
        ("other_measurements", True, Status.UNAVAILABLE),
    ]
    assert keys == [row.key for row in rows]
    assert "fitted on the outlines of other networks" in rows[-3].reason
    made = rows[-2]
    assert (made.metrics, made.settings, made.view) == ({}, {}, rows[0].view)
    assert read_stored_reason(made.attribution) == REASONS["inputs"].make(work.disc)
    # No agreement with a map is computed, and the maps are those of a plan without reasons.
    assert not [row for row in rows if row.other]
    alone, _ = finding_maps(replace(work, plan=replace(PLAN, methods=("grad_cam",)), known=frozenset(keys)))
    assert alone == keys[:-3]


def test_what_is_known_is_not_made_again_and_without_maps_nothing_is_stored(work):
    keys, rows = finding_reasons(work)
    assert finding_reasons(replace(work, known=frozenset(keys))) == (keys, [])
    assert rows[1].attribution is not None
    (_, made, _) = finding_reasons(replace(work, plan=replace(PLAN, keep_maps=False)))[1]
    assert made.attribution is None


def test_of_a_random_weights_twin_only_what_asks_the_network_is_made(work, monkeypatch):
    twin = replace(work.disc, network=work.network)
    monkeypatch.setattr(work.network, "id", ModelId("untrained~random", "0", "d" * 64))
    rows = {row.method: row for row in finding_reasons(replace(work, disc=twin))[1]}
    assert rows["inputs"].status is Status.DONE
    assert rows["measurements"].reason == NOT_OF_TWINS


def test_an_error_that_nobody_foresaw_is_a_row_without_its_message(work, monkeypatch):
    def broken(disc):
        raise RuntimeError("/home/Doe^Jane")

    monkeypatch.setattr(REASONS["inputs"], "make", broken)
    row = finding_reasons(work)[1][1]
    assert (row.status, row.reason) == (Status.FAILED, "RuntimeError")


@pytest.mark.parametrize(
    ("methods", "words"),
    [(("inputs",), "needs a method that makes maps"), (("any_discs",), "unknown method")],
)
def test_a_plan_needs_maps_and_asks_for_no_control_of_a_reason(methods, words):
    with pytest.raises(ValueError, match=words):
        BatchPlan(methods)
