"""Suppresses warnings and logs of libraries, which may quote a patient's header values."""

from __future__ import annotations

import logging
import threading
import warnings
from types import TracebackType

import pydicom

# pydicom logs each of its warnings with header values (it sets its loggers' level on import)
logging.getLogger(pydicom.__name__).setLevel(logging.CRITICAL + 1)


class SuppressedWarnings:
    """Context without warnings. Threads may share one; the filters are restored when the last one leaves.

    ``warnings.catch_warnings`` alone restores wrong filters when two threads leave in another order.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._saved = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._saved.__exit__(kind, error, trace)


suppressed_warnings = SuppressedWarnings()
