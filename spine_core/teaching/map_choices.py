"""Which of the blinded maps of a finding showed the reason best, as learners said after the reveal."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import ExerciseAttemptRow, ExerciseSetRow, MapChoiceRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.access import own_set
from spine_core.teaching.attempt import own_attempt
from spine_core.teaching.release_store import released_of

NONE_OF_THEM = ""
"""Stands in place of a method."""


@dataclass(frozen=True)
class MapChoice:
    """``letters``: methods in the order in which they were shown as A, B, C. ``method``: or ``NONE_OF_THEM``."""

    attempt: str
    level: str
    condition: str
    letters: tuple[str, ...]
    method: str


@dataclass(frozen=True)
class ShownMap:
    """One map that a learner was shown, in long format. ``letter``: A for the first one. ``chosen``: 0 or 1."""

    attempt: str
    person: int
    place: int
    level: str
    condition: str
    method: str
    letter: str
    chosen: int


def choose_map(
    library: Library,
    person: Person,
    attempt_id: str,
    finding: tuple[str, str],
    letters: Sequence[str],
    method: str,
) -> None:
    """Stores a choice, in place of an earlier one for this finding. ``finding``: level and condition.

    Raises ``LibraryError`` before the reveal, for maps that are not released for the finding, and for a method that is
    not among ``letters``.
    """
    with library.database.writing() as session:
        row = own_attempt(session, person, attempt_id, lock=True)
        if row.revealed is None:
            msg = "maps are shown after you have committed your own answers"
            raise LibraryError(msg)
        _check(_released_methods(session, row, finding), letters, method)
        there = session.get(MapChoiceRow, (attempt_id, *finding))
        if there is None:
            there = MapChoiceRow(attempt_id=attempt_id, level=finding[0], condition=finding[1])
            session.add(there)
        there.letters, there.method, there.given = list(letters), method, now()


def own_choices(library: Library, person: Person, attempt_id: str) -> Mapping[tuple[str, str], MapChoice]:
    """The own choices of an attempt, by level and condition. Raises ``LibraryError``."""
    with library.database.reading() as session:
        own_attempt(session, person, attempt_id)
        query = select(MapChoiceRow).where(MapChoiceRow.attempt_id == attempt_id)
        return {(row.level, row.condition): _choice(row) for row in session.scalars(query)}


def choice_counts(shown: Sequence[ShownMap]) -> Mapping[str, tuple[int, int]]:
    """By method: how often it was chosen, and how often it was shown."""
    chosen, times = Counter[str](), Counter[str]()
    for one in shown:
        times[one.method] += 1
        chosen[one.method] += one.chosen
    return {method: (chosen[method], times[method]) for method in times}


def choices_csv(shown: Sequence[ShownMap]) -> str:
    """In long format, a line per map that was shown; learners are numbers, attempts are numbered as they come."""
    attempts = {name: number for number, name in enumerate(dict.fromkeys(one.attempt for one in shown), 1)}
    learners = {name: number for number, name in enumerate(dict.fromkeys(one.person for one in shown), 1)}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("learner", "attempt", "case", "level", "condition", "method", "letter", "chosen"))
    for one in shown:
        writer.writerow(
            (
                learners[one.person], attempts[one.attempt], one.place + 1, one.level, one.condition, one.method,
                one.letter, one.chosen,
            )
        )  # fmt: skip
    return out.getvalue()


def shown_maps(library: Library, person: Person, set_id: str) -> tuple[ShownMap, ...]:
    """A row per map that a learner of a set was shown and chose from, for who made the set and administrators.

    Raises ``LibraryError``.
    """
    with library.database.reading() as session:
        own_set(session, person, set_id, lock=False)
        query = (
            select(MapChoiceRow, ExerciseAttemptRow)
            .join(ExerciseAttemptRow, ExerciseAttemptRow.id == MapChoiceRow.attempt_id)
            .where(ExerciseAttemptRow.set_id == set_id)
            .order_by(MapChoiceRow.given, MapChoiceRow.attempt_id, MapChoiceRow.level, MapChoiceRow.condition)
        )
        return tuple(one for row, attempt in session.execute(query) for one in _shown(row, attempt))


def _released_methods(session: Session, row: ExerciseAttemptRow, finding: tuple[str, str]) -> frozenset[str]:
    found = released_of(session, session.get_one(ExerciseSetRow, row.set_id), row.place)
    return frozenset(method for one in found if (one.level, one.condition) == finding for method in one.maps)


def _check(released: frozenset[str], letters: Sequence[str], method: str) -> None:
    if not letters or len(set(letters)) < len(letters) or not set(letters) <= released:
        msg = "these maps are not released for this finding"
        raise LibraryError(msg)
    if method != NONE_OF_THEM and method not in letters:
        msg = "choose one of the maps that were shown, or none of them"
        raise LibraryError(msg)


def _shown(row: MapChoiceRow, attempt: ExerciseAttemptRow) -> Iterator[ShownMap]:
    for number, method in enumerate(row.letters):
        yield ShownMap(
            attempt.id, attempt.person_id, attempt.place, row.level, row.condition, method, chr(ord("A") + number),
            int(method == row.method),
        )  # fmt: skip


def _choice(row: MapChoiceRow) -> MapChoice:
    return MapChoice(row.attempt_id, row.level, row.condition, tuple(row.letters), row.method)
