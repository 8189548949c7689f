from __future__ import annotations

from pages.components.distinct_labels import distinct_labels


def test_equal_labels_are_numbered():
    assert distinct_labels({1: "a", 2: "b", 3: "a", 4: "a"}) == {1: "a", 2: "b", 3: "a (2)", 4: "a (3)"}
