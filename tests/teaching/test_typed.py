from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from spine_core.teaching.exercise import Order
from spine_core.teaching.typed import fits


@dataclass(frozen=True)
class Inner:
    number: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    inner: Inner | None
    by_name: Mapping[str, int]


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (1, int, True), (True, int, False), (1.0, int, False), (1, float, True), (float("nan"), float, False),
        (float("inf"), float, False), ("1", float, False), (True, bool, True), (None, float | None, True),
        ("x", str, True), (b"x", str, False), (Order.FIXED, Order, True), ("fixed", Order, False),
        (("a", "b"), tuple[str, ...], True), (("a", 1), tuple[str, ...], False), (["a"], tuple[str, ...], False),
        (Outer(Inner(1.0, ("a",)), {"a": 1}), Outer, True), (Outer(None, {}), Outer, True),
        (Outer(Inner("1"), {}), Outer, False), (Outer(None, {"a": 1.5}), Outer, False),
        (Outer(None, {1: 1}), Outer, False), (Inner(1.0), Outer, False),
    ],
)  # fmt: skip
def test_a_value_is_held_against_its_annotation(value, hint, expected):
    assert fits(value, hint) is expected
