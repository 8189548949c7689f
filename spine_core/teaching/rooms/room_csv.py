"""The results of a room as a table: a line per answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.answers import Answer
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.rooms.access import own_room, set_of
from spine_core.teaching.rooms.guests import guests
from spine_core.teaching.rooms.room_answers import RoomAnswer, room_answers
from spine_core.teaching.rooms.types import Stage

COLUMNS = (
    "learner", "case", "level", "condition", "stage", "grade", "confidence", "click_slice", "click_row",
    "click_column", "reference", "right",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@")
"""What begins a formula in a spreadsheet."""


def room_csv(library: Library, person: Person, room_id: str) -> str:
    """All answers of a room, for who leads it. ``case``: its number from 1; ``click_slice`` from 1, places in pixels.

    A nickname that a spreadsheet would run as a formula begins with an apostrophe. ``right`` is empty without a
    reference. Raises ``LibraryError``.
    """
    names = {one.id: _harmless(one.nickname) for one in guests(library, person, room_id)}
    with library.database.reading() as session:
        exercise = set_of(session, own_room(session, person, room_id))
    numbers, stages = {guest: number for number, guest in enumerate(names)}, list(Stage)
    found = sorted(
        room_answers(library, person, room_id),
        key=lambda one: (one.place, numbers[one.guest], stages.index(one.stage)),
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(found, exercise, names))
    return out.getvalue()


def _rows(
    found: Sequence[RoomAnswer], exercise: ExerciseSet, names: dict[str, str]
) -> Iterator[tuple[object, ...]]:
    for given in found:
        for one in given.answers:
            yield (
                names[given.guest], given.place + 1, one.level, one.condition, given.stage.value, one.grade,
                one.confidence, *_click(one), *_held_against(one, exercise, given.place),
            )  # fmt: skip


def _click(one: Answer) -> tuple[float | None, ...]:
    click = one.click
    return (None, None, None) if click is None else (click.slice_index + 1, click.row, click.column)


def _held_against(one: Answer, exercise: ExerciseSet, place: int) -> tuple[str | None, int | None]:
    reference = exercise.cases[place].reference(one.level, one.condition)
    return (None, None) if reference is None else (reference.grade, int(one.grade == reference.grade))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
