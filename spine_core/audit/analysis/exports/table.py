"""A table of words, and how values stand in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """``note``: how to read it. ``rows``: of as many cells as there are ``columns``. Nothing is escaped."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def figure(value: float | None, interval: tuple[float, float] | None) -> str:
    """A value with its interval; empty without a value."""
    if value is None:
        return ""
    return f"{value:.2f}" if interval is None else f"{value:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"
