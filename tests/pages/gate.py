"""Where a page of a test waits until the test lets it go on."""

from __future__ import annotations

import threading

reached = threading.Event()
_passes = threading.Event()
_passes.set()


def close() -> None:
    """From now on whoever comes here waits."""
    reached.clear()
    _passes.clear()


def open_again() -> None:
    """Whoever waits goes on."""
    _passes.set()


def hold() -> None:
    """Called by the page."""
    reached.set()
    assert _passes.wait(30)
