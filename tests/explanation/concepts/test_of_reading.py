"""What of a reading goes into the measurement model, and when it is not used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.explanation.concepts import measurement_model
from spine_core.explanation.concepts.explain import Answer
from spine_core.explanation.concepts.of_reading import finding_by_measurements, measured_disc, shown_errors
from spine_core.networks.target import Target
from spine_core.weights import ModelId
from tests.explanation.concepts.by_hand import MODEL
from tests.pages import fakes

MEASURED = Measurements(disc_height_index=0.2, signal_ratio=0.2, bulge_depth=3.6, unit="mm")


@pytest.fixture
def reading():
    return replace(
        fakes.reading(), measurements={"L4/L5": MEASURED}, segmenter=ModelId("segmenter", "1", "s"),
        detector=ModelId("detector", "1", "d"),
    )  # fmt: skip


def answer(reading, study=None, target=Target("pfirrmann", "4")):  # noqa: B008
    network = reading.finding("L4/L5", target.condition).probabilities
    return finding_by_measurements(MODEL, study or fakes.study(), reading, "L4/L5", target, network).answer


def test_lengths_are_related_to_the_disc_s_own_distance(reading):
    disc = measured_disc(fakes.study(), reading, "L4/L5")
    # 24 columns of 1.5 mm.
    assert disc.inter_disc_mm == pytest.approx(36.0)
    assert not disc.edited
    assert answer(reading) is Answer.EXPLAINED


def test_a_level_without_a_disc_has_nothing_measured(reading):
    assert measured_disc(fakes.study(), replace(reading, discs=()), "L4/L5").inter_disc_mm is None
    assert answer(replace(reading, measurements={})) is Answer.NOT_MEASURED


def test_outlines_of_a_reader_are_said(reading):
    own = replace(MEASURED, bulge_depth=1.0)
    assert measured_disc(
        fakes.study(), replace(reading, segmented_measurements={"L4/L5": own}), "L4/L5"
    ).edited


def test_the_model_of_other_networks_is_not_used(reading):
    assert answer(replace(reading, segmenter=ModelId("another", "1", "o"))) is Answer.OTHER_NETWORKS


def test_a_disc_that_was_measured_on_t1_has_no_answer(reading):
    assert answer(replace(reading, inferred_weighting={"t2": ("t1", "it looks like T1")})) is Answer.NOT_ON_T2


def test_errors_are_in_the_unit_of_the_page(reading, monkeypatch):
    monkeypatch.setattr(measurement_model, "load", lambda: MODEL)
    assert shown_errors(reading, "mm")["bulge_depth"] == pytest.approx(1.2)
    assert shown_errors(reading, "inter-disc distances")["bulge_depth"] == pytest.approx(0.05)
    assert shown_errors(replace(reading, segmenter=ModelId("another", "1", "o")), "mm") == {}
