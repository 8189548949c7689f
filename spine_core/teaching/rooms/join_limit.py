"""Wrong codes are counted, so that the code of a room cannot be found by trying."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

PER_ADDRESS = 10
"""Wrong codes of one address in a minute."""

OVER_ALL = 100
"""Wrong codes of all addresses in a minute: of 887 million codes, 6,000 an hour."""

SECONDS = 60.0
MOST_ADDRESSES = 10_000

REFUSAL = "too many wrong codes were tried; wait a minute and try again"


class JoinLimit:
    """Counts in the process, since a minute is forgotten quickly. Right codes do not count. Safe for many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all: deque[float] = deque()
        self._by_address: OrderedDict[str, deque[float]] = OrderedDict()

    def refuses(self, address: str) -> bool:
        """Whether no code of this address is looked at now."""
        with self._lock:
            now = self._clock()
            own = self._by_address.get(address, deque())
            return _recent(own, now) >= PER_ADDRESS or _recent(self._all, now) >= OVER_ALL

    def wrong(self, address: str) -> None:
        """Counts a wrong code."""
        with self._lock:
            now = self._clock()
            own = self._by_address.setdefault(address, deque())
            self._by_address.move_to_end(address)
            while len(self._by_address) > MOST_ADDRESSES:
                self._by_address.popitem(last=False)
            own.append(now)
            self._all.append(now)


def _recent(moments: deque[float], now: float) -> int:
    while moments and now - moments[0] > SECONDS:
        moments.popleft()
    return len(moments)
