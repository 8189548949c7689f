from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from spine_core.comparison.compare import compare
from spine_core.explanation.registry import explain
from spine_core.networks.target import Target
from spine_core.report import editing
from spine_core.report.draft import draft
from spine_core.report.key_images import map_facts, map_image, slice_image
from spine_core.report.map_words import image_view, map_lines
from spine_core.report.phrases import phrases
from spine_core.report.render import report_html, report_text
from spine_core.report.serialise import from_json, to_json
from spine_core.report.types import ControlTest, KeyImage
from tests.pages import fakes

STUDY, TARGET = fakes.study(), Target("herniation", "1")


def pixels(png) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.fixture(scope="module")
def image():
    return fakes.reading().images["L4/L5"]


@pytest.fixture(scope="module")
def maps(image):
    network = fakes.bundle().explained_network
    return [explain(name, network, image, TARGET, 3, None) for name in ("grad_cam", "occlusion")]


def test_a_slice_is_grey_and_has_its_number():
    found = slice_image(STUDY, "t2", 2, level="L4/L5", note="mine")
    picture = pixels(found.png)
    assert (found.slice_number, found.slices, found.weighting, found.facts, found.bar) == (
        3,
        5,
        "T2",
        None,
        b"",
    )
    assert STUDY.series[found.series].uid == "t2"
    assert np.all(picture == picture[..., :1])
    assert picture.shape[:2] == (800, 640), "160 by 128 square pixels, enlarged to 640 columns"


def test_pixels_are_as_high_as_wide():
    tall = replace(STUDY, series=(replace(STUDY.series[0], spacing=(3.0, 1.5)), *STUDY.series[1:]))
    assert pixels(slice_image(tall, "t2", 2).png).shape[:2] == (1600, 640)


def test_a_map_is_drawn_at_its_opacity_with_its_scale(image, maps):
    one = replace(maps[0], attribution=np.ones_like(maps[0].attribution), signed=False)
    without, full = (map_image(STUDY, image, one, opacity=share) for share in (0.0, 1.0))
    grey, drawn = pixels(without.png), pixels(full.png)
    assert np.all(grey == grey[..., :1])
    yellow = np.abs(drawn - (253, 231, 36)).max(axis=-1) < 3
    assert 0.2 < yellow.mean() < 0.6, "the crop is full, its margin is not"
    assert (full.low, full.high, full.opacity) == (0.0, 1.0, 1.0)
    assert pixels(full.bar)[0, -1] == pytest.approx([253, 231, 36], abs=2)


def test_an_empty_map_has_no_colours(image, maps):
    empty = replace(maps[0], attribution=np.zeros_like(maps[0].attribution), is_empty=True)
    found = map_image(STUDY, image, empty)
    assert found.bar == b""
    assert np.all(pixels(found.png) == pixels(found.png)[..., :1])
    assert "The method found no evidence: the map is empty." in image_view(found, phrases("en"))["lines"]


def test_an_opacity_outside_zero_to_one_is_refused(image, maps):
    with pytest.raises(ValueError, match="opacity"):
        map_image(STUDY, image, maps[0], opacity=1.5)


def test_facts_say_how_the_map_was_made_and_tested(image, maps):
    network = fakes.bundle().explained_network
    found = compare(maps, network, image, 0)
    facts = map_facts(maps[1], found)
    (verdict,) = [one for one in found.verdicts if one.method == "occlusion"]
    assert facts.outcome == verdict.outcome.value
    assert (facts.seed, facts.settings, facts.network.sha256) == (
        3,
        dict(maps[1].settings),
        network.id.sha256,
    )
    names = [one.metric for one in facts.tests]
    assert any(name.startswith("Deletion") for name in names)
    assert any(name.startswith("Insertion") for name in names)
    other = explain("grad_cam", network, image, Target("bulging", "1"), 0, None)
    assert map_facts(other, found).outcome == "", "a test of another target is not this map's"


@pytest.mark.parametrize(
    ("language", "words", "target"),
    [
        ("en", "Explanation, not a finding.", "Disc herniation: present"),
        ("de", "Erklärung, kein Befund.", "Bandscheibenherniation: vorhanden"),
    ],
)
def test_report_and_appendix_say_what_the_map_is(image, maps, language, words, target):
    report = draft(STUDY, fakes.reading(), language=language)
    report = editing.add_key_image(report, map_image(STUDY, image, maps[1]))
    html = report_html(report)
    assert words in html
    assert target in html
    assert maps[1].model.sha256 in " ".join(report_text(report).split())
    assert from_json(to_json(report)) == report


def test_values_of_the_test_have_the_decimal_sign_of_the_language(image, maps):
    found = map_image(STUDY, image, maps[0])
    tested = replace(found.facts, tests=(ControlTest("Deletion AUC", "-2.42", "-1.67 to 1.35", "lower"),))
    _, lines = map_lines(replace(found, facts=tested), 1, phrases("de"))
    assert "Deletion AUC (niedriger ist besser): -2,42; Kontrollkarten -1,67 bis 1,35" in lines


@pytest.mark.parametrize(
    ("peak", "ends"),
    [
        (0.0021, ("-0.0021", "0.0021")),
        (0.2, ("-0.20", "0.20")),
        (3.54, ("-3.5", "3.5")),
        (150.0, ("-150", "150")),
    ],
)
def test_the_ends_of_the_colour_scale_have_two_digits_however_small_they_are(peak, ends):
    image = KeyImage("L4/L5", 1, 3, "T2", b"", low=-peak, high=peak)
    seen = image_view(image, phrases("en"))
    assert (seen["low"], seen["high"]) == ends
