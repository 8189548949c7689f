"""Header values of untrusted files: an invalid value is treated as absent and never raises."""

from __future__ import annotations

import math
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence


def text(dataset: Dataset, keyword: str) -> str:
    """The value as one line of text, at most 200 characters; empty where absent."""
    return _as_text(_value(dataset, keyword))


def text_at(dataset: Dataset, tag: int) -> str:
    """The value of a private element as one line of text, undecoded bytes as ASCII; empty where absent."""
    try:
        value = dataset[tag].value if tag in dataset else None
    except Exception:  # pydicom raises nearly everything on damaged values
        return ""
    return _as_text(value.decode("ascii", "ignore").strip("\0 ") if isinstance(value, bytes) else value)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    parts = value if isinstance(value, MultiValue | list | tuple) else [value]
    return " ".join("\\".join(str(part) for part in parts).split())[:200]


def numbers(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """The first ``count`` values, or None where any of them is missing or not finite."""
    value = _value(dataset, keyword)
    parts = value if isinstance(value, MultiValue | list | tuple) else [value]
    try:
        found = tuple(float(part) for part in list(parts)[:count])
    except (TypeError, ValueError, OverflowError):
        return None
    return found if len(found) == count and all(math.isfinite(number) for number in found) else None


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first value, or None where it is missing or not finite."""
    found = numbers(dataset, keyword, 1)
    return None if found is None else found[0]


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Items of a sequence; empty where absent or damaged."""
    value = _value(dataset, keyword)
    return list(value) if isinstance(value, Sequence) else []


def _value(dataset: Dataset, keyword: str) -> Any:
    try:
        return dataset.get(keyword)
    except Exception:  # pydicom converts on access and raises nearly everything on damaged values
        return None
