"""The rooms of this process in memory, so that thirty browsers that ask every second do not ask the database.

All of it can be made again from the database: a restart of the server loses nothing.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache, partial

from pages.components.teach.rooms.case_media import CaseMedia
from spine_core.jobs import Busy, Session, submit
from spine_core.library.errors import LibraryError
from spine_core.library.people import person_of
from spine_core.library.store import Library, open_library
from spine_core.progress import Progress, silent
from spine_core.teaching.access import exercise_levels, open_exercise_case
from spine_core.teaching.rooms.access import CLOSED, ClosedRoomError
from spine_core.teaching.rooms.guests import guest_of, token_sha256
from spine_core.teaching.rooms.told import Told, released_for_room, told
from spine_core.teaching.rooms.types import Guest, Room

FRESH = 2.0
"""Seconds for which what was read from the database is told again. Steps made in this process count at once."""

CASES_IN_MEMORY = 4
"""Of all rooms together: the current one and the next, for two classes at once."""


@dataclass(frozen=True)
class _Read:
    told: Told
    moment: float


class LiveRooms:
    """Safe for many threads."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._lock = threading.Lock()
        self._read: dict[str, _Read] = {}
        self._guests: dict[tuple[str, str], Guest] = {}
        self._media: OrderedDict[tuple[str, int], CaseMedia] = OrderedDict()
        self._opening = threading.Lock()
        self._ahead = Session()

    def changed(self, room_id: str) -> None:
        """Has to be called after every step: the next one who asks is told of it."""
        with self._lock:
            self._read.pop(room_id, None)

    def told(self, room_id: str) -> Told:
        """As ``rooms.told.told``, at most ``FRESH`` seconds old. Raises ``LibraryError``."""
        known = self._read.get(room_id)
        if known is not None and time.monotonic() - known.moment < FRESH:
            return known.told
        moment = time.monotonic()
        found = told(self.library, room_id)
        with self._lock:
            there = self._read.get(room_id)
            # Of two who read at once, the later state counts.
            if there is None or there.told.room.version <= found.room.version:
                self._read[room_id] = _Read(found, moment)
        return found

    def guest(self, code: str, token: str) -> Guest:
        """The guest with this token. Raises ``ClosedRoomError`` for a closed room, ``LibraryError`` for nobody."""
        key = (code, token_sha256(token))
        if key not in self._guests:
            self._guests[key] = guest_of(self.library, code, token)[0]
        guest = self._guests[key]
        if self.told(guest.room).room.closed is not None:
            raise ClosedRoomError(CLOSED)
        return guest

    def known_version(self, code: str, token: str) -> int | None:
        """Version of the room where nothing of it has to be read; None where it has to, or where it is closed."""
        guest = self._guests.get((code, token_sha256(token)))
        known = self._read.get(guest.room) if guest is not None else None
        if known is None or time.monotonic() - known.moment >= FRESH or known.told.room.closed is not None:
            return None
        return known.told.room.version

    def media(self, room: Room, place: int) -> CaseMedia:
        """Slices and maps of a case of the room's set, opened once. Raises ``LibraryError``."""
        key = (room.set_id, place)
        found = self._media.get(key)
        if found is None:
            # One at a time: whoever waits finds it there.
            with self._opening:
                found = self._media.get(key)
                if found is None:
                    found = self._media[key] = self._open(room, place)
                    while len(self._media) > CASES_IN_MEMORY:
                        self._media.popitem(last=False)
        return found

    def prepare(self, room: Room) -> None:
        """Opens the current case and the next one, and draws what everybody will ask for, in the background."""
        for place in (room.place, room.place + 1):
            try:
                submit(self._ahead, f"{room.set_id} {place}", partial(self._prepare, room, place))
            except Busy:
                # Who asks for it first has it drawn.
                return

    def _prepare(self, room: Room, place: int, progress: Progress = silent) -> None:
        try:
            if not 0 <= place < len(self.told(room.id).exercise.cases):
                return
            media = self.media(room, place)
            for number in range(len(media.series)):
                progress(0.0)
                media.slice_png(number, media.first_slice(number))
            for finding in released_for_room(self.library, room.id, place):
                for method in finding.maps:
                    progress(0.5)
                    media.map_png(self.library, finding, method)
        except LibraryError:
            # Whoever asks for the case is told why.
            return

    def _open(self, room: Room, place: int) -> CaseMedia:
        owner = person_of(self.library, room.person)
        study = open_exercise_case(self.library, owner, room.set_id, place)
        return CaseMedia.of(study, exercise_levels(self.library, owner, room.set_id, place, study))


def live_rooms() -> LiveRooms:
    """Those of the library of this installation. Raises ``LibraryError``."""
    return _of(open_library())


@lru_cache(maxsize=4)
def _of(library: Library) -> LiveRooms:
    return LiveRooms(library)
