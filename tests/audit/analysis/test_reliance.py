from __future__ import annotations

import pytest

from spine_core.audit.analysis.reliance import reliance
from spine_core.audit.ratings.protocol import Design
from tests.audit.analysis.making import audited, protocol, rating


def graded(asked, rater: int, *grades: str):
    """Ratings of findings 1, 2, … from pairs such as "34": grade without maps, then with them."""
    scores = dict.fromkeys(asked.methods, 4)
    for number, (without, aided) in enumerate(grades, start=1):
        yield rating(asked, rater, number, None, grade=without)
        yield rating(asked, rater, number, scores, sheet=number + 9, grade=aided)


def counts(one):
    """How many readings each fraction stands for, of how many."""
    names = ("unchanged", "toward_network", "to_reference", "from_reference", "otherwise")
    means = [getattr(one, name) for name in names]
    return {
        name: (0 if mean.value is None else round(mean.value * mean.n), mean.n)
        for name, mean in zip(names, means, strict=True)
    }


def test_every_change_by_hand():
    # The network says 4 everywhere; the reference is 4, 3, 2, 3, and none for the last finding.
    asked = protocol(5, design=Design.SEQUENTIAL)
    references = {1: "4", 2: "3", 3: "2", 4: "3"}
    ratings = [
        # To the reference and the network; away from it to the network; unchanged; otherwise; no reference.
        *graded(asked, 1, "34", "34", "22", "12", "34"),
        # Unchanged though wrong; to the reference away from the network; otherwise, to the network; two unchanged.
        *graded(asked, 2, "33", "43", "34", "33", "11"),
    ]
    first, second, every = reliance(audited(asked, ratings, references=references))
    assert (first.rater, second.rater, every.rater) == (1, 2, None)
    assert (first.readings, every.readings) == (5, 10)
    assert counts(first) == {
        "unchanged": (1, 5),
        "toward_network": (3, 5),
        "to_reference": (1, 4),
        "from_reference": (1, 4),
        "otherwise": (1, 4),
    }
    assert counts(second) == {
        "unchanged": (3, 5),
        "toward_network": (1, 5),
        "to_reference": (1, 4),
        "from_reference": (0, 4),
        "otherwise": (1, 4),
    }
    assert every.unchanged.value == pytest.approx(0.4)
    assert every.unchanged.cases == 5
    low, high = every.unchanged.interval
    assert low <= 0.4 <= high
    assert low < high


def test_without_references_changes_are_only_counted_as_such():
    asked = protocol(2, raters=1, design=Design.SEQUENTIAL)
    _, every = reliance(audited(asked, graded(asked, 1, "34", "33")))
    assert every.unchanged.value == every.toward_network.value == 0.5
    for mean in (every.to_reference, every.from_reference, every.otherwise):
        assert (mean.value, mean.interval, mean.n) == (None, None, 0)


def test_repeats_and_findings_that_were_graded_once_do_not_count():
    asked = protocol(3, raters=1, design=Design.SEQUENTIAL)
    scores = dict.fromkeys(asked.methods, 4)
    ratings = [
        *graded(asked, 1, "33"),
        rating(asked, 1, 1, scores, sheet=20, grade="4", repeat=True),
        rating(asked, 1, 2, None, grade="2"),
        rating(asked, 1, 3, scores, sheet=21, grade="2"),
    ]
    _, every = reliance(audited(asked, ratings))
    assert (every.readings, every.unchanged.value) == (1, 1.0)


def test_only_a_sequential_design_measures_reliance():
    asked = protocol(2)
    assert reliance(audited(asked, graded(asked, 1, "34", "33"))) == ()
