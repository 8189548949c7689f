"""Progress reports of long work, and its cancellation."""

from __future__ import annotations

from typing import Protocol


class Cancelled(Exception):
    """Raised inside the work after a cancel; partial results are discarded."""


class Progress(Protocol):
    """Callback of long work, called often enough that a cancel takes effect within 300 ms.

    ``done``: fraction of the work that is finished, 0 to 1. ``what``: a short phrase for the screen. Raises
    ``Cancelled`` when the work should stop.
    """

    def __call__(self, done: float, what: str = "") -> None:
        """Reports the progress; raises ``Cancelled`` when the work should stop."""
        ...


def silent(done: float, what: str = "") -> None:
    """A progress callback that does nothing."""


def publish(progress: Progress, partial: object) -> None:
    """Hands a partial result to the job whose ``progress`` this is, for the screen; elsewhere it does nothing."""
    receiver = getattr(progress, "publish", None)
    if receiver is not None:
        receiver(partial)


class Part:
    """Progress of one part of longer work: its 0 to 1 becomes ``start`` to ``start + length``."""

    def __init__(self, whole: Progress, start: float, length: float) -> None:
        self._whole, self._start, self._length = whole, start, length

    def __call__(self, done: float, what: str = "") -> None:
        """Reports the progress of the whole work."""
        self._whole(self._start + self._length * done, what)

    def publish(self, partial: object) -> None:
        """Hands a partial result on to the whole work."""
        publish(self._whole, partial)
