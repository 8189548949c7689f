"""Labels of a list's options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")


def distinct_labels(labels: Mapping[K, str]) -> dict[K, str]:
    """The labels, equal ones numbered.

    Streamlit remembers which option was chosen by its label: of two equal ones it takes the first, and one whose label
    changes is not chosen any more. So labels must differ, and must not tell what changes, such as a count.
    """
    seen: Counter[str] = Counter()
    found = {}
    for key, label in labels.items():
        seen[label] += 1
        found[key] = label if seen[label] == 1 else f"{label} ({seen[label]})"
    return found
