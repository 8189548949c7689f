"""A table of words, and how values stand in it."""

from __future__ import annotations

from dataclasses import dataclass

from spine_core.audit.ratings.protocol import CONTROL
from spine_core.comparison.verdict import label_of
from spine_core.networks.display_names import SUFFIX


@dataclass(frozen=True)
class Table:
    """``note``: how to read it. ``rows``: of as many cells as there are ``columns``. Nothing is escaped."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def method_label(method: str) -> str:
    """The display name of a method of an audit, controls and random-weights twins among them."""
    if method.startswith(CONTROL):
        return f"Control: {method.removeprefix(CONTROL)}"
    label = label_of(method.removesuffix(SUFFIX))
    return f"Control: {label}, random weights" if method.endswith(SUFFIX) else label


def figure(value: float | None, interval: tuple[float, float] | None) -> str:
    """A value with its interval; empty without a value."""
    if value is None:
        return ""
    return f"{value:.2f}" if interval is None else f"{value:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"
