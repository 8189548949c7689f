"""Probability that a level count is correct: cases worked out by hand, then phantoms and patients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spine_core.anatomy import level_counter
from spine_core.anatomy.detection import uncertain
from spine_core.anatomy.level_assignment import SHIFTS
from spine_core.anatomy.level_count import UNLIKELY, Logit, leads
from spine_core.anatomy.level_counter import ANCHOR, BASES, PITCH, columns_of, counting_frame, scores
from spine_core.anatomy.types import LEVELS, Anatomy, LevelCount
from spine_core.evaluation.splits import CALIBRATION_FOLD
from spine_core.evaluation.types import LabelledImage
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.phantom import build
from spine_core.phantom.demo import DEMO
from spine_core.phantom.render import mid_index, sagittal_pair
from spine_core.study import open_study, sources_from_path
from spine_core.study.types import Series
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.phantoms import to_uint8


def test_probabilities_of_a_count_sum_to_one_and_none_is_negative() -> None:
    for probabilities in ((0.5, 0.5, 0.5), (-0.1, 1.0, 0.1)):
        with pytest.raises(ValueError, match="sum to 1"):
            LevelCount(*probabilities, limit=0.1)


def test_a_count_is_uncertain_from_its_limit_on() -> None:
    count = LevelCount(higher=0.01, correct=0.92, lower=0.07, limit=0.08)
    assert count.wrong == pytest.approx(0.08)
    assert replace(count, limit=0.081).certain
    assert not replace(count, limit=0.079).certain


def test_the_suggested_shift_is_the_more_probable_one() -> None:
    down, up = LevelCount(0.1, 0.6, 0.3, 0.2), LevelCount(0.3, 0.6, 0.1, 0.2)
    assert (down.shift, up.shift) == (1, -1)
    assert "probability 0.30 that every disc is one level lower" in uncertain(down)
    assert "probability 0.30 that every disc is one level higher" in uncertain(up)


def test_the_logit_is_the_softmax_of_weighted_leads() -> None:
    logit = Logit(localiser=1.0, counter=0.5, lower=float(np.log(3)), higher=float(np.log(2)), limit=0.5)
    # Scores: ln 3 - ln 2 - ln 3, 0, ln 2 - ln 2 - 0: odds of 1/2 to 1 to 1.
    seen = np.array([[-np.log(2), -2 * np.log(3)], [0.0, 0.0], [-np.log(2), 0.0]])
    np.testing.assert_allclose(logit(seen), [0.2, 0.4, 0.4])
    np.testing.assert_allclose(logit(np.stack([seen, seen]))[1], [0.2, 0.4, 0.4])


def test_leads_are_taken_against_the_chosen_count() -> None:
    support, opinion = np.full(len(SHIFTS), -3.0), np.full(len(BASES), -9.0)
    support[SHIFTS.index(0)], support[SHIFTS.index(-1)] = -0.5, -1.5
    opinion[BASES.index(0)], opinion[BASES.index(1)] = -0.1, -2.1
    np.testing.assert_allclose(leads(support, 0, opinion, 0), [[-1.0, -8.9], [0.0, 0.0], [-2.5, -2.0]])


def test_a_count_outside_the_level_counters_range_is_unlikely() -> None:
    found = leads(np.zeros(len(SHIFTS)), 5, np.zeros(len(BASES)), 5)
    assert found[:, 1].tolist() == [UNLIKELY, 0.0, UNLIKELY]
    assert found[:, 0].tolist() == [0.0, 0.0, 0.0]


def test_the_input_shows_the_spine_upright_at_one_scale() -> None:
    """Discs 30 columns apart along a line that leans by 3 to 4, in a slice whose pixels are twice as high as wide."""
    points = np.array([[200.0, 100.0]]) + np.arange(5)[:, None] * np.array([[-24.0 / 2, 18.0]])
    back = counting_frame(points, 2.0).inverse()
    expected = np.array(ANCHOR) + np.arange(5)[:, None] * np.array([[-PITCH, 0.0]])
    np.testing.assert_allclose(back(points), expected, atol=1e-6)


def test_every_disc_has_a_channel_under_every_count() -> None:
    columns = columns_of(np.array([0, 1, 9]))
    assert columns[0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert columns[1].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert set(columns[2].tolist()) == {level_counter.OUTPUTS - 1}


def test_the_score_of_a_count_is_the_sum_over_known_discs() -> None:
    raw = torch.zeros(
        1,
        level_counter.OUTPUTS,
        level_counter.ROWS // level_counter.STRIDE,
        level_counter.COLUMNS // level_counter.STRIDE,
    )
    zero = -level_counter.LOWEST
    # Centre of cell (5, 4) in input pixels: 5 * 8 + 3.5, 4 * 8 + 3.5.
    raw[0, zero, 5, 4], raw[0, zero + 1, 2, 4] = 3.0, 2.0
    cells = torch.tensor([[[43.5, 35.5], [19.5, 35.5], [43.5, 35.5]]])
    columns = torch.from_numpy(columns_of(np.array([0, 1, 0])))[None]
    found = scores(raw, cells, columns, torch.tensor([[1.0, 1.0, 0.0]]))[0]
    assert found[BASES.index(0)] == pytest.approx(5.0)
    assert found.sum() == pytest.approx(5.0)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle()


@pytest.fixture(scope="module")
def phantom() -> LabelledImage:
    spine = build(DEMO)
    rendered = sagittal_pair(spine, ("t2",), (mid_index(spine),))["t2"]
    return LabelledImage(
        "phantom", "demo", CALIBRATION_FOLD, "t2", "demo.png", to_uint8(rendered.pixels[0]), ()
    )


def _wrong(anatomy: Anatomy) -> float:
    assert anatomy.level_count is not None
    return anatomy.level_count.wrong


def _ending_at(series: Series, row: int) -> Series:
    return replace(series, pixels=series.pixels[:, :row])


def test_a_phantom_is_counted_with_high_certainty(bundle: Bundle, phantom: LabelledImage) -> None:
    found = bundle.detect(series_of(phantom))
    assert [d.level for d in found.discs] == list(LEVELS)
    assert found.level_certain
    assert _wrong(found) < 0.1


def test_a_phantom_without_its_sacrum_is_counted_with_less(bundle: Bundle, phantom: LabelledImage) -> None:
    series = series_of(phantom)
    whole = bundle.detect(series)
    lower, upper = whole.discs[-1].center_px[0], whole.discs[-2].center_px[0]
    for row in (lower + 0.25 * (lower - upper), 0.5 * (lower + upper)):
        assert _wrong(bundle.detect(_ending_at(series, round(row)))) > _wrong(whole)


def test_without_a_level_counter_the_count_is_never_certain(bundle: Bundle, phantom: LabelledImage) -> None:
    found = replace(bundle, counting=None).detect(series_of(phantom))
    assert (found.level_certain, found.level_count) == (False, None)


def test_a_volume_that_ends_above_the_sacrum_is_not_counted_as_certain(
    bundle: Bundle, data_dir: Path
) -> None:
    study = open_study(sources_from_path(data_dir / "t2_lumbar.nii.gz"))
    found = bundle.detect(study.series[0])
    assert [d.level for d in found.discs] == list(LEVELS[:3])
    assert not found.level_certain
    assert found.level_count is not None
    assert uncertain(found.level_count) in found.reasons


@pytest.mark.slow
def test_patients_cut_above_their_sacrum_are_less_certain_than_whole_ones(
    bundle: Bundle, labelled_images: tuple[LabelledImage, ...]
) -> None:
    some = [p for p in labelled_images if p.fold == CALIBRATION_FOLD and p.sequence == "t2"][:6]
    whole = [_wrong(bundle.detect(series_of(p))) for p in some]
    cut = []
    for image in some:
        low, high = (image.discs[i].center for i in (0, 1))
        assert low is not None
        assert high is not None
        found = bundle.detect(_ending_at(series_of(image), round((low[0] + high[0]) / 2)))
        cut.append(_wrong(found) if found.discs else 1.0)
    assert np.mean(cut) > np.mean(whole) + 0.1
