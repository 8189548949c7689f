"""Fitting and evaluating the probability of a level count, on counts worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from spine_core.anatomy import level_counter as network
from spine_core.anatomy.level_count import Logit
from spine_core.anatomy.level_counter import BASES
from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.proportion import wilson
from spine_core.evaluation.types import DiscLabel, LabelledImage
from spine_core.training.datasets.common import level_of
from spine_core.training.evaluation.level_count_eval import (
    CountedImage,
    count_agreement,
    count_offset,
    crop_below,
    error_probability,
    fit_logit,
    flag_rates,
    out_of_patient_error_probability,
    own_error_flags,
    threshold_for,
)
from spine_core.training.models import level_counter

PITCH = 50.0


def image(patient: str = "p", seed: int = 0) -> LabelledImage:
    """Seven discs of one column, the lowest at row 340."""
    places = [(340.0 - PITCH * i, 180.0) for i in range(7)]
    discs = tuple(DiscLabel(level_of(i), place, None) for i, place in enumerate(places))
    pixels = np.random.default_rng(seed).integers(0, 256, (384, 384), dtype=np.uint8)
    return LabelledImage("sudirman", patient, 2, "t2", f"{patient}_T2.png", pixels, discs)


def named(off: int) -> list[tuple[str, tuple[float, float], tuple[float, float]]]:
    """The five lumbar discs found, each labelled ``off`` levels too low."""
    out = []
    for index, level in enumerate(reversed(LEVELS)):
        row = 340.0 - PITCH * (index + off)
        out.append((level, (row, 182.0), (row, 205.0)))
    return out


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_the_offset_of_names_is_computed_from_the_marks(off: int) -> None:
    # The disc below the marked ones has no mark; the four others decide.
    assert count_offset(image(), named(off)) == off


def test_discs_far_from_all_marks_have_no_offset() -> None:
    assert count_offset(image(), [("L4/L5", (10.0, 10.0), (10.0, 30.0))]) is None


def counted(patient: str, off: int, lead: float) -> CountedImage:
    """The detector and the second network each prefer the count one lower by ``lead``."""
    leads = np.array([[lead, lead], [0.0, 0.0], [-6.0, -6.0]])
    opinion = np.full(len(BASES), -9.0)
    opinion[BASES.index(off)] = -0.1
    return CountedImage("sudirman", patient, f"{patient}.png", off, leads, opinion, 0)


SOME = [
    *(counted(f"right {i}", 0, -3.0 - 0.1 * i) for i in range(30)),
    *(counted(f"wrong {i}", -1, -1.0 + 0.1 * i) for i in range(3)),
]


def test_error_probability_decreases_with_the_lead() -> None:
    probabilities = error_probability(SOME, fit_logit(SOME))
    assert probabilities[30:].min() > probabilities[:30].max()
    assert (np.diff(probabilities[:30]) < 0).all()


def test_weights_of_the_leads_are_not_negative() -> None:
    turned = [counted(c.patient, c.offset, -c.leads[0, 0] - 6) for c in SOME]
    logit = fit_logit(turned)
    assert logit.localiser >= 0
    assert logit.counter >= 0


def test_cropped_images_have_a_lower_weight() -> None:
    cut = [counted(f"cut {i}", 1, -3.0) for i in range(10)]
    none, some, full = fit_logit(SOME).higher, fit_logit(SOME, cut).higher, fit_logit([*SOME, *cut]).higher
    assert none < some < full


def test_a_patient_left_out_is_not_fitted_on() -> None:
    probabilities = out_of_patient_error_probability(SOME, [])
    rest = fit_logit([c for c in SOME if c.patient != "wrong 2"])
    assert probabilities[-1] == pytest.approx(error_probability(SOME[-1:], rest)[0])


def test_the_limit_flags_as_many_right_counts_as_allowed() -> None:
    probabilities = np.array([0.9, 0.1, 0.2, 0.3, 0.4])
    right = np.array([False, True, True, True, True])
    assert threshold_for(probabilities, right, 0.5) == pytest.approx(0.25)
    assert threshold_for(probabilities, right, 0.0) == pytest.approx(0.7)


def test_flags_are_counted_among_wrong_and_right_counts() -> None:
    flags = np.array([True] * 3 + [False] * 27 + [True, True, False])
    row = flag_rates("some", SOME, flags)
    assert (row.images, row.patients) == (33, 33)
    assert (row.wrong, row.wrong_flagged, row.right, row.right_flagged) == (3, 2, 30, 3)
    assert row.wrong_low <= 2 / 3 <= row.wrong_high
    assert row.right_low < 0.1 < row.right_high


def test_an_interval_of_wilson_holds_also_where_nothing_is_flagged() -> None:
    # z**2 / (n + z**2) of 5, and the textbook's 0.236 to 0.763 of 5 in 10.
    assert wilson(0, 5) == pytest.approx((0.0, 0.4345), abs=1e-4)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_discs_near_no_mark_are_a_wrong_count_and_are_not_fitted_on() -> None:
    lost = replace(SOME[0], offset=None)
    assert flag_rates("some", [*SOME, lost], np.array([False] * 33 + [True])).wrong == 4
    assert fit_logit([*SOME, lost]) == fit_logit(SOME)


def test_a_level_counter_with_uncertain_errors_flags_them() -> None:
    unsure = np.log(np.array([0.02, 0.5, 0.4, 0.02, 0.02, 0.02, 0.02]))
    errs = replace(SOME[0], opinion=unsure, base=0, offset=0)
    row = own_error_flags("some", [*SOME, errs], 0.05)
    assert (row.wrong, row.wrong_flagged) == (1, 1)
    assert row.right == 33


def test_the_level_counter_alone_is_compared_with_the_labels() -> None:
    amiss = CountedImage("spider", "x", "x.png", 0, SOME[0].leads, SOME[-1].opinion, 0)
    rows = {row.source: row for row in count_agreement([*SOME, amiss])}
    assert (rows["all"].images, rows["all"].correct) == (34, 33)
    assert rows["spider"].share == 0.0
    assert rows["sudirman"].log_loss == pytest.approx(0.1)


def test_a_cropped_image_ends_between_the_upper_sacrum_and_l5() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        cut = crop_below(image(), rng)
        assert cut is not None
        assert 340 - 0.5 * PITCH <= len(cut.pixels) <= 340 + 0.6 * PITCH


def test_training_views_have_the_true_count_for_any_lowest_disc() -> None:
    views = level_counter.ViewSampler([image()])
    seen = set()
    for seed in range(30):
        view, example = views.draw(0, np.random.default_rng(seed))
        assert view.shape == (1, network.ROWS, network.COLUMNS)
        base = BASES[example.base]
        seen.add(base)
        # Under the true count the lowest disc has its true level.
        assert example.columns[0, example.base] == base - network.LOWEST
    assert seen == {-1, 0, 1}


def test_the_loss_is_small_where_the_network_knows_every_disc() -> None:
    views = level_counter.ViewSampler([image()])
    _, example = views.draw(0, np.random.default_rng(0))
    raw = torch.zeros(1, network.OUTPUTS, network.ROWS // 8, network.COLUMNS // 8)
    lost = level_counter.loss(raw, [example])
    assert float(lost) == pytest.approx(np.log(len(BASES)), rel=1e-4)
    for cell, columns, known in zip(example.cells, example.columns, example.known, strict=True):
        if known:
            row, column = (round(float(v) / 8 - 0.5) for v in cell)
            raw[0, columns[example.base], max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = 9.0
    assert float(level_counter.loss(raw, [example])) < 0.1


def test_one_step_of_training_ends_with_the_weights_of_the_network(tmp_path: object) -> None:
    from pathlib import Path

    plan = level_counter.LevelCounterPlan(epochs=1, batch=2)
    some = [image("a"), image("b", 1)]
    weights = level_counter.train(some, Path(str(tmp_path)) / "state.pt", plan=plan, log=lambda _: None)
    network.build().load_state_dict(weights)


def test_the_released_logit_is_in_the_card() -> None:
    import json

    from spine_core.networks.registry import COUNTER, WEIGHTS, load_bundle

    card = json.loads((WEIGHTS / COUNTER).with_suffix(".json").read_text())
    counting = load_bundle().counting
    assert counting is not None
    assert counting.logit == Logit(**card["logit"])
    assert counting.id.sha256 == card["sha256"]
