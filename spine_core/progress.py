"""How long work tells how far it is, and learns that nobody wants it any more."""

from __future__ import annotations

from typing import Protocol


class Cancelled(Exception):
    """Raised inside the work when its owner cancelled it; nothing partial is kept."""


class Progress(Protocol):
    """Called by long work often enough that a cancel is felt within 300 ms.

    ``done`` is the share of the work finished, 0 to 1; ``what`` is a short phrase for the screen.
    Raises ``Cancelled`` when the work should stop.
    """

    def __call__(self, done: float, what: str = "") -> None:
        """Notes how far the work is; raises ``Cancelled`` where it should stop."""
        ...


def silent(done: float, what: str = "") -> None:
    """Progress for callers that do not watch."""


class Part:
    """Progress of one part of longer work: its 0 to 1 becomes ``start`` to ``start + length``."""

    def __init__(self, whole: Progress, start: float, length: float) -> None:
        self._whole, self._start, self._length = whole, start, length

    def __call__(self, done: float, what: str = "") -> None:
        """Passes on how far the whole work is."""
        self._whole(self._start + self._length * done, what)
