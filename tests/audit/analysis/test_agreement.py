from __future__ import annotations

import numpy as np
import pytest

from spine_core.audit.agreement.ratings import Ratings
from spine_core.audit.agreement.registry import COEFFICIENTS, agreements
from spine_core.audit.analysis.between_raters import between_raters
from spine_core.audit.analysis.coefficients import UNDEFINED
from spine_core.audit.analysis.scores import ratings_table
from spine_core.audit.analysis.within_raters import within_raters
from tests.audit.analysis.making import audited, protocol, rating


def rated(asked, scores, raters=(1, 2), **changes):
    """``scores``: (raters, findings, methods)."""
    return [
        rating(asked, rater, number, dict(zip(asked.methods, map(int, row), strict=True)), **changes)
        for rater, own in zip(raters, scores, strict=True)
        for number, row in enumerate(own, start=1)
    ]


def random_scores(findings: int, methods: int = 4) -> np.ndarray:
    """Of two raters who differ by one point at most."""
    random = np.random.default_rng(5)
    first = random.integers(2, 6, (findings, methods))
    return np.stack([first, first + random.integers(-1, 2, first.shape)])


def test_items_are_maps_and_columns_are_raters():
    asked, scores = protocol(4), random_scores(4)
    ratings = rated(asked, scores) + rated(asked, 7 - scores, sheet=9, repeat=True)
    every, *by_method = between_raters(ratings_table(audited(asked, ratings)), asked)
    values = scores.reshape(2, -1).T.astype(float)
    cases = [f"case{number}" for number in range(4) for _ in range(4)]
    for one, expected in zip(
        every.coefficients, agreements(Ratings(values, (1, 2, 3, 4, 5, 6)), cases), strict=True
    ):
        assert (one.name, one.items, one.columns, one.reason) == (expected.coefficient, 16, 2, "")
        assert one.value == pytest.approx(expected.value)
        assert one.interval == pytest.approx(expected.interval)
    # Four maps of a method are too few.
    assert [one.method for one in by_method] == list(asked.methods)
    for one in by_method:
        assert {each.reason for each in one.coefficients} == {"fewer than 10 items with two ratings"}
        assert {each.value for each in one.coefficients} == {None}


def test_agreement_within_a_method_counts_its_maps_only():
    asked, scores = protocol(12), random_scores(12)
    # Of the first method the raters agree exactly.
    scores[1, :, 0] = scores[0, :, 0]
    found = {
        one.method: one for one in between_raters(ratings_table(audited(asked, rated(asked, scores))), asked)
    }
    assert [one.value for one in found[asked.methods[0]].coefficients] == pytest.approx(
        [1.0] * len(COEFFICIENTS)
    )
    assert found[""].coefficients[0].items == 48
    assert all(one.value < 1 for one in found[""].coefficients)


def test_one_rater_alone_gets_no_figure_and_is_told_why():
    for asked in (protocol(12, raters=1), protocol(12, raters=2)):
        table = ratings_table(audited(asked, rated(asked, random_scores(12)[:1], raters=(1,))))
        for one in between_raters(table, asked)[0].coefficients:
            assert (one.value, one.interval, one.columns) == (None, None, 1)
            assert one.reason == "fewer than 2 raters"


def test_raters_who_always_say_the_same_get_no_figure_from_chance_corrected_coefficients():
    asked = protocol(12)
    table = ratings_table(audited(asked, rated(asked, np.full((2, 12, 4), 4))))
    found = {one.name: one for one in between_raters(table, asked)[0].coefficients}
    alpha = found["Krippendorff's alpha (ordinal)"]
    assert (alpha.value, alpha.interval, alpha.reason) == (None, None, UNDEFINED)
    assert found["Gwet's AC2 (ordinal)"].value == pytest.approx(1.0)


def test_repeats_are_compared_with_the_first_showing_of_the_same_rater():
    asked = protocol(4)
    scores = random_scores(4)
    again = scores[:, :3].copy()
    again[0, 0, 0] += 1
    again[1, 2] -= 1
    ratings = rated(asked, scores) + rated(asked, again, sheet=9, repeat=True)
    (found,) = within_raters(ratings_table(audited(asked, ratings)), asked)
    # Of 2 × 3 × 4 repeated maps, 1 + 4 have another score.
    assert (found.question, found.pairs, found.exact.n) == ("place", 24, 24)
    assert found.exact.value == pytest.approx(19 / 24)
    values = np.stack([scores[:, :3].ravel(), again.ravel()], axis=1).astype(float)
    expected = [
        coefficient(Ratings(values, (1, 2, 3, 4, 5, 6)), None)[0] for coefficient in COEFFICIENTS.values()
    ]
    assert [one.value for one in found.coefficients] == pytest.approx(expected)


def test_without_repeats_nothing_is_said_of_raters_with_themselves():
    asked = protocol(12)
    for ratings in ([], rated(asked, random_scores(12))):
        (found,) = within_raters(ratings_table(audited(asked, ratings)), asked)
        assert (found.pairs, found.exact.value) == (0, None)
        assert {one.value for one in found.coefficients} == {None}
