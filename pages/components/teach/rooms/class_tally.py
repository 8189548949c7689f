"""The answers of a class to its current case, for the projector and, with the reference, for learners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pages.components.teach.rooms.case_media import CaseMedia
from pages.components.teach.rooms.live import LiveRooms
from spine_core.library.people import person_of
from spine_core.teaching.answers import Click
from spine_core.teaching.marks import SLICES_APART
from spine_core.teaching.rooms.guests import guests
from spine_core.teaching.rooms.room_answers import RoomAnswer, room_answers
from spine_core.teaching.rooms.tally import FindingTally, last_answers, tallies
from spine_core.teaching.rooms.told import Told
from spine_core.teaching.rooms.types import Stage


def class_tallies(live: LiveRooms, told: Told) -> tuple[FindingTally, ...]:
    """By finding, of the current case. Raises ``LibraryError``."""
    return tallies(class_answers(live, told), told.exercise.asked)


def class_answers(live: LiveRooms, told: Told) -> tuple[RoomAnswer, ...]:
    """Of all guests to the current case, read by right of who opened the room."""
    owner = person_of(live.library, told.room.person)
    return room_answers(live.library, owner, told.room.id, told.room.place)


def joined(live: LiveRooms, told: Told) -> int:
    """How many are in the room."""
    return len(guests(live.library, person_of(live.library, told.room.person), told.room.id))


def complete(answers: Sequence[RoomAnswer], asked: int) -> int:
    """How many guests have answered everything that is asked for."""
    return sum(len(one) == asked for one in last_answers(answers)[Stage.AFTER])


def taps_values(one: FindingTally, media: CaseMedia) -> dict[str, Any] | None:
    """The slice with most taps on a finding, and the taps on it and its neighbours; None where nobody tapped."""
    on_slices = Counter((tap.series_uid, tap.slice_index) for stage in one.taps.values() for tap in stage)
    for (uid, index), _ in on_slices.most_common():
        number = media.number_of(uid)
        if number is not None:
            shown = {
                stage.value: [[tap.row, tap.column] for tap in taps if _near(tap, uid, index)]
                for stage, taps in one.taps.items()
            }
            return {"series": number, "slice": index, **shown}
    return None


def _near(tap: Click, uid: str, index: int) -> bool:
    return tap.series_uid == uid and abs(tap.slice_index - index) <= SLICES_APART
