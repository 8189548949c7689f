from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from spine_core.audit.ratings.protocol import QUESTIONS, Design, Protocol, Question
from spine_core.audit.ratings.sheets import LEAST_APART, sheets
from tests.audit.ratings.making import METHODS, protocol


def test_every_rater_sees_every_finding_with_all_maps_under_letters():
    wanted = protocol()
    for rater in wanted.raters:
        own = sheets(wanted, rater)
        assert [one.number for one in own] == list(range(24))
        assert {one.finding.id for one in own if not one.repeat} == {one.id for one in wanted.findings}
        for one in own:
            assert list(one.methods) == ["A", "B", "C", "D", "E"]
            assert set(one.methods.values()) == set(METHODS)
            assert one.keys["A"] == one.finding.maps[one.methods["A"]]


def test_orders_differ_between_raters_and_are_equal_for_equal_seeds():
    first, second = (sheets(protocol(), rater) for rater in (1, 2))
    assert [one.finding.id for one in first] != [one.finding.id for one in second]
    assert sheets(protocol(), 1) == first
    assert sheets(protocol(seed=1), 1) != first


def test_every_method_stands_about_equally_often_under_every_letter():
    own = [one for rater in (1, 2, 3) for one in sheets(protocol(50, repeats=0.0), rater)]
    for letter in "ABCDE":
        assert set(Counter(one.methods[letter] for one in own).values()) == {30}


def test_a_fifth_comes_again_later_in_another_order():
    for rater in (1, 2, 3):
        own = sheets(protocol(), rater)
        repeats = [one for one in own if one.repeat]
        assert len(repeats) == 4
        assert len({one.finding.id for one in repeats}) == 4
        for again in repeats:
            (before,) = [one for one in own if one.finding == again.finding and not one.repeat]
            assert again.number > before.number
    assert LEAST_APART < 20


def test_split_plot_gives_every_finding_to_one_group():
    wanted = protocol(design=Design.SPLIT, groups=2, raters=(1, 2, 3, 4), repeats=0.0)
    seen = {rater: {one.finding.id for one in sheets(wanted, rater)} for rater in wanted.raters}
    assert seen[1] == seen[3]
    assert seen[2] == seen[4]
    assert not seen[1] & seen[2]
    assert seen[1] | seen[2] == {one.id for one in wanted.findings}


def test_the_sequential_design_asks_without_maps_first():
    own = sheets(protocol(design=Design.SEQUENTIAL, repeats=0.0), 1)
    assert [one.with_maps for one in own] == [False] * 20 + [True] * 20
    assert all(one.methods == {} for one in own[:20])
    assert [one.number for one in own] == list(range(40))


def test_somebody_else_has_no_sheets():
    with pytest.raises(ValueError, match="no rater"):
        sheets(protocol(), 9)


def test_a_protocol_comes_back_from_its_values():
    wanted = protocol(design=Design.SPLIT, questions=(Question("place", "Plausible?", 1, 5),))
    assert Protocol.of(wanted.values()) == wanted
    assert Protocol.of(wanted.values()).sha256 == wanted.sha256
    assert replace(wanted, seed=5).sha256 != wanted.sha256


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"raters": ()}, "needs a finding"),
        ({"findings": ()}, "needs a finding"),
        ({"raters": (1, 1)}, "named twice"),
        ({"repeats": 0.6}, "fraction"),
        ({"questions": (QUESTIONS[0], QUESTIONS[0])}, "one name"),
        ({"questions": (Question("x", "X", 3, 3),)}, "lower to a higher"),
        ({"design": Design.SPLIT, "raters": (1,)}, "as many raters as groups"),
    ],
)
def test_a_protocol_that_nobody_could_follow_is_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        protocol(**changes)


def test_findings_have_the_same_methods_and_are_there_once():
    one, two = protocol(2).findings
    with pytest.raises(ValueError, match="same methods"):
        protocol(findings=(one, replace(two, maps={"lime": "x"})))
    with pytest.raises(ValueError, match="twice"):
        protocol(findings=(one, one))
