"""Session states by browser and tab, so that a tab that was reloaded finds its own again. In memory only.

A state is handed out only where the browser's cookie and the tab's token are both right, and to one live connection at
a time. It is freed ten minutes after the last connection has ended, or earlier where many wait for their tabs.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

TTL = 600.0
"""Seconds that a state outlives its last connection."""

PARKED = 16
"""States that may wait for their tabs to come back."""

PARKED_BYTES = 2 * 1024**3
"""What they may hold together; a lumbar study takes 20 to 100 MiB."""

GRACE = 60.0
"""Seconds after which a server session that lost its connection is closed: a short loss resumes without a claim."""

REMEMBERED = 256
"""Freed states of which the reason is remembered."""

TOKEN_BYTES = 16


class Refusal(StrEnum):
    """Why no state is handed out."""

    IN_USE = "in use"
    EXPIRED = "expired"
    EVICTED = "evicted"
    UNKNOWN = "unknown"


class Parkable(Protocol):
    """What the registry needs of a state."""

    @property
    def empty(self) -> bool:
        """Nothing in it is worth keeping."""

    @property
    def nbytes(self) -> int:
        """Bytes that it holds, about."""

    def park(self) -> None:
        """Its tab has gone: nothing of it is handed out until ``resume``."""

    def resume(self) -> None:
        """Its tab has come back."""

    def discard(self) -> None:
        """Drops what it holds, whoever still refers to it, and cancels its work."""


S = TypeVar("S", bound=Parkable)


@dataclass(eq=False)
class Connection:
    """One connection of a tab. ``session_id`` names the server session, which may connect again after a short loss."""

    session_id: str
    gone: Callable[[], None] = lambda: None

    def end(self) -> None:
        """The browser has gone, be it for a moment."""
        self.gone()


@dataclass(eq=False)
class _Entry(Generic[S]):
    """``connection`` is None, and ``left`` the time since when, while the state waits for its tab."""

    browser: str
    state: S
    session_id: str
    connection: Connection | None
    left: float = 0.0
    nbytes: int = 0
    closed: bool = False


@dataclass(frozen=True)
class Swept:
    """``sessions``: server sessions that are of no use any more. ``freed``: how many states were."""

    sessions: tuple[str, ...]
    freed: int


class Registry(Generic[S]):
    """The states of all tabs of this process. Safe to use from any thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        connected: Callable[[str], bool] = lambda session_id: True,
        parked: int = PARKED,
        parked_bytes: int = PARKED_BYTES,
    ) -> None:
        """``connected`` tells whether a server session has a connection, in case its end was not reported."""
        self.clock = clock
        self._connected = connected
        self._limits = parked, parked_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry[S]] = OrderedDict()
        self._freed: OrderedDict[str, tuple[str, Refusal]] = OrderedDict()
        self._unused: list[str] = []
        self._count = 0

    def begin(self, browser: str, state: S, connection: Connection) -> str:
        """Registers a new state and returns the token of its tab; tokens are made here and nowhere else.

        Without a cookie nothing could protect the state: it is not registered, and the token is empty.
        """
        if not browser:
            return ""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._lock:
            self._entries[name_of(token)] = _Entry(browser, state, connection.session_id, connection)
            self._use(connection)
        return token

    def resume(self, browser: str, token: str, connection: Connection, *, take_over: bool) -> S | Refusal:
        """The state of this tab of this browser, from now on held by ``connection``, or why there is none.

        ``take_over``: the tab knows that it is the only one with this token, so that a connection that holds the
        state is what a reload left behind.
        """
        with self._lock:
            self._expire()
            name = name_of(token)
            entry = self._find(browser, name)
            if entry is None:
                return self._reason(browser, name)
            other = entry.session_id != connection.session_id
            if other and self._held(entry) and not take_over:
                return Refusal.IN_USE
            if other:
                self._unused.append(entry.session_id)
            self._hold(entry, connection)
            return entry.state

    def reconnect(self, browser: str, token: str, connection: Connection) -> bool:
        """Whether the server session still holds the state of its tab, perhaps after a loss of its connection."""
        with self._lock:
            self._expire()
            entry = self._find(browser, name_of(token))
            if entry is None or entry.session_id != connection.session_id:
                return False
            if entry.connection is not connection:
                self._hold(entry, connection)
            return True

    def leave(self, connection: Connection) -> None:
        """The connection has ended: its state waits for its tab to come back. An empty one is forgotten."""
        with self._lock:
            for name, entry in list(self._entries.items()):
                if entry.connection is connection:
                    self._park(name, entry)

    def sweep(self) -> Swept:
        """Frees what nobody came back for. To be called every few seconds."""
        with self._lock:
            for name, entry in list(self._entries.items()):
                if entry.connection is not None and not self._connected(entry.session_id):
                    self._park(name, entry)
            self._expire()
            now = self.clock()
            for entry in self._parked():
                if not entry.closed and now - entry.left >= GRACE:
                    entry.closed = True
                    self._unused.append(entry.session_id)
            gone = tuple(one for one in self._unused if not self._connected(one))
            self._unused = [one for one in self._unused if one not in gone]
            swept, self._count = Swept(gone, self._count), 0
        return swept

    def _find(self, browser: str, name: str) -> _Entry[S] | None:
        entry = self._entries.get(name)
        return entry if entry is not None and _same(entry.browser, browser) else None

    def _held(self, entry: _Entry[S]) -> bool:
        return entry.connection is not None and self._connected(entry.session_id)

    def _hold(self, entry: _Entry[S], connection: Connection) -> None:
        entry.connection, entry.session_id, entry.closed = connection, connection.session_id, False
        self._use(connection)
        entry.state.resume()

    def _use(self, connection: Connection) -> None:
        """A server session that was given up by one state may hold another by now."""
        self._unused = [one for one in self._unused if one != connection.session_id]

    def _reason(self, browser: str, name: str) -> Refusal:
        owner, reason = self._freed.get(name, ("", Refusal.UNKNOWN))
        return reason if _same(owner, browser) else Refusal.UNKNOWN

    def _parked(self) -> Iterator[_Entry[S]]:
        """Those without a connection, the one that has waited longest first."""
        return (entry for entry in self._entries.values() if entry.connection is None)

    def _park(self, name: str, entry: _Entry[S]) -> None:
        entry.connection, entry.left, entry.nbytes = None, self.clock(), entry.state.nbytes
        if entry.state.empty:
            self._free(name, Refusal.UNKNOWN)
            return
        entry.state.park()
        self._entries.move_to_end(name)
        parked = list(self._parked())
        count, nbytes = self._limits
        # The one that has just lost its tab stays: it took no more while the tab was there.
        while len(parked) > 1 and (len(parked) > count or sum(one.nbytes for one in parked) > nbytes):
            oldest = parked.pop(0)
            self._free(next(key for key, one in self._entries.items() if one is oldest), Refusal.EVICTED)

    def _expire(self) -> None:
        now = self.clock()
        for name, entry in list(self._entries.items()):
            if entry.connection is None and now - entry.left >= TTL:
                self._free(name, Refusal.EXPIRED)

    def _free(self, name: str, reason: Refusal) -> None:
        entry = self._entries.pop(name)
        if not entry.state.empty:
            self._freed[name] = entry.browser, reason
            while len(self._freed) > REMEMBERED:
                self._freed.popitem(last=False)
            self._count += 1
            self._unused.append(entry.session_id)
        entry.state.discard()


def name_of(token: str) -> str:
    """What a token is known by: it cannot be computed back, and finding it takes a time that tells nothing of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())
