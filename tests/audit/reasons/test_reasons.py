"""What raters see of each reason, made with small networks and models; and of their controls."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from spine_core.anatomy.measurements import Measurements
from spine_core.audit.reasons import similar, what_if
from spine_core.audit.reasons.base import GradedDisc
from spine_core.audit.reasons.registry import CHOSEN, REASONS, control_of
from spine_core.explanation.concepts import measurement_model
from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.similar import query_of
from spine_core.synthesis.counterfactual import what_if as change_disc
from spine_core.weights import ModelId
from tests.explanation.concepts.by_hand import MODEL
from tests.explanation.toys import disc_image
from tests.pages import fakes
from tests.synthesis.test_counterfactual import GOAL, PULL_FREE, SIZE, Brightness
from tests.synthesis.toys import TwoModes

DARK = Measurements(disc_height_index=0.2, signal_ratio=0.2, bulge_depth=3.6, unit="mm")
BRIGHT = Measurements(disc_height_index=0.4, signal_ratio=0.9, bulge_depth=0.4, unit="mm")
TELLING = re.compile(r"control|random|chance|similar|shap|grad.?cam", re.IGNORECASE)


@pytest.fixture
def disc() -> GradedDisc:
    reading = replace(
        fakes.reading(), measurements={"L3/L4": BRIGHT, "L4/L5": DARK}, segmenter=ModelId("segmenter", "1", "s"),
        detector=ModelId("detector", "1", "d"),
    )  # fmt: skip
    finding = reading.finding("L4/L5", "pfirrmann")
    return GradedDisc(fakes.study(), reading, finding, reading.image_of(finding), fakes.bundle().grader)


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(measurement_model, "load", lambda: MODEL)


def words(content) -> str:
    parts = [*content.sentences, content.note, *(one.caption for one in content.pictures)]
    return " ".join([*parts, *(f"{one.title} {one.axis}" for one in content.charts)])


def test_every_control_is_of_a_reason_that_can_be_chosen():
    assert {one.control_of for one in REASONS.values()} - {""} <= set(CHOSEN)
    assert control_of("measurements") is REASONS["other_measurements"]
    assert control_of("what_if") is None


def test_measurements_have_a_bar_each_and_those_of_another_disc_look_the_same(disc, model):
    own, other = (REASONS[name].make(disc) for name in ("measurements", "other_measurements"))
    assert own.sentences[0].split(":")[0] == other.sentences[0].split(":")[0]
    assert [bar.label.split("<br>")[0] for bar in own.charts[0].bars] == [
        bar.label.split("<br>")[0] for bar in other.charts[0].bars
    ]
    assert own.charts[0].bars[0] == other.charts[0].bars[0]
    assert [bar.value for bar in own.charts[0].bars[1:]] != [bar.value for bar in other.charts[0].bars[1:]]
    assert "L3/L4" not in words(other)


def test_where_nothing_was_measured_or_there_is_no_other_disc_the_table_says_why(disc, model):
    nothing = replace(disc, reading=replace(disc.reading, measurements={}))
    with pytest.raises(ValueError, match="Nothing could be measured"):
        REASONS["measurements"].make(nothing)
    alone = replace(disc, reading=replace(disc.reading, measurements={"L4/L5": DARK}))
    with pytest.raises(ValueError, match="no other disc"):
        REASONS["other_measurements"].make(alone)


def test_slices_have_a_bar_each_and_the_graded_one_is_the_line(disc):
    content = REASONS["inputs"].make(disc)
    slices, weightings = content.charts
    assert len(slices.bars) == 5
    assert {bar.label: bar.value for bar in slices.bars}["graded slice"] == pytest.approx(
        slices.line, abs=1e-4
    )
    assert [bar.label for bar in weightings.bars] == ["T2", "T1"]


@pytest.fixture
def index(disc, monkeypatch) -> DiscIndex:
    """Six discs of six patients: three near the queried one of another level, three far from it of its level."""
    query = query_of(disc.network, disc.image, disc.finding)
    far = np.roll(query.embedding, 1)
    near = np.stack([query.embedding + step * far for step in (0.2, 0.3, 0.4)])
    rows = np.concatenate([near, np.stack([far - step * query.embedding for step in (0, 0.1, 0.2)])])
    made = DiscIndex(
        disc.network.id.sha256,
        (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32),
        np.array(["L5/S1"] * 3 + ["L4/L5"] * 3),
        np.array(list("abcdef")),
        np.array(["spider"] * 6),
        np.array([query.weightings] * 6),
        np.array([[3], [3], [2], [0], [1], [0]], np.int8),
        {"pfirrmann": disc.finding.definition.grades},
    )
    monkeypatch.setattr(similar, "load_index", lambda network: made)
    return made


def test_similar_discs_are_the_nearest_and_their_control_is_any_of_the_level(disc, index):
    near = REASONS["similar_discs"].make(disc).sentences
    assert list(near[1:4]) == [
        "Pfirrmann grade IV, L5/S1", "Pfirrmann grade IV, L5/S1", "Pfirrmann grade III, L5/S1",
    ]  # fmt: skip
    drawn = REASONS["any_discs"].make(disc)
    assert sorted(drawn.sentences[1:]) == [
        "Pfirrmann grade I, L4/L5", "Pfirrmann grade I, L4/L5", "Pfirrmann grade II, L4/L5",
    ]  # fmt: skip
    assert drawn.sentences[0] == near[0]
    assert REASONS["any_discs"].make(disc) == drawn


def test_where_all_pictures_are_there_the_discs_are_shown(disc, index, monkeypatch):
    monkeypatch.setattr(similar, "released_image", lambda *_: disc.image)
    content = REASONS["similar_discs"].make(disc)
    assert [one.caption for one in content.pictures][:2] == ["This disc", "Pfirrmann grade IV, L5/S1"]
    assert len(content.pictures) == 6


def test_a_what_if_image_says_in_pixels_and_file_that_it_is_synthetic(disc, monkeypatch):
    pixels = np.zeros((2, SIZE, SIZE), np.float32)
    pixels[0] = np.random.default_rng(0).normal(0, 0.01, (SIZE, SIZE))
    image = disc_image(pixels)
    found = change_disc(Brightness(0.3), image, GOAL, TwoModes(grade3=1.0), PULL_FREE)
    monkeypatch.setattr(what_if, "released_generator", TwoModes)
    monkeypatch.setattr(what_if, "why_not_this_view", lambda preprocessing: "")
    monkeypatch.setattr(what_if, "what_if", lambda *_: found)
    content = REASONS["what_if"].make(disc)
    real, changed, difference = content.pictures
    assert "Synthetic" in Image.open(io.BytesIO(changed.png)).text
    assert "synthetic" in changed.caption
    assert Image.open(io.BytesIO(difference.png)).mode == "RGB"
    assert real.png != changed.png


def test_no_reason_names_itself_or_its_being_a_control(disc, index, model):
    for name in ("measurements", "other_measurements", "inputs", "similar_discs", "any_discs"):
        assert not TELLING.search(words(REASONS[name].make(disc)))
