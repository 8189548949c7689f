"""What every answer is held against: the reference, the place of the finding, and what the network said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import hypot

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import ExerciseAnswerRow, ExerciseAttemptRow, ExerciseSetRow
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.access import own_set
from spine_core.teaching.answers import Answer, Click
from spine_core.teaching.attempt import Attempt, State, attempt_of
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.exercise_case import ExerciseCase, ReferencePlace
from spine_core.teaching.release_store import released_of

SLICES_APART = 1
"""A finding crosses several slices: a click on the next one is on it as well."""


@dataclass(frozen=True)
class Mark:
    """One finding as it was answered. ``case``: hash of the study, equal for one study in several sets.

    ``first``: the committed answer; ``last``: that after the reveal, the same where nobody changed their mind.
    ``network``: the grade that was revealed; None where none was. ``distance``: pixels from the click to the place,
    None without a click on that slice or the next; ``hit``: None without a click, or without a place to hit.
    ``seconds``: of the whole case.
    """

    attempt: str
    person: int
    case: str
    level: str
    condition: str
    reference: str
    first: Answer
    last: Answer
    network: str | None
    distance: float | None
    hit: bool | None
    seconds: float
    committed: datetime
    late: bool

    @property
    def right(self) -> bool:
        """Whether the committed answer is the reference; False for "cannot tell"."""
        return self.first.grade == self.reference

    @property
    def right_at_last(self) -> bool:
        """Whether the answer after the reveal is the reference."""
        return self.last.grade == self.reference


def own_marks(library: Library, person: Person) -> tuple[Mark, ...]:
    """Of all cases that ``person`` has finished, since what is right is not told before.

    A finding without a reference has no mark.
    """
    with library.database.reading() as session:
        current(session, person.id)
        own = ExerciseAttemptRow.person_id == person.id
        return tuple(_marks(session, own & (ExerciseAttemptRow.state == State.DEBRIEFED.value)))


def attempt_marks(library: Library, person: Person, attempt_id: str) -> tuple[Mark, ...]:
    """Of one case that ``person`` has finished; empty where there is no such case."""
    with library.database.reading() as session:
        current(session, person.id)
        own = (ExerciseAttemptRow.person_id == person.id) & (ExerciseAttemptRow.id == attempt_id)
        return tuple(_marks(session, own & (ExerciseAttemptRow.state == State.DEBRIEFED.value)))


def set_marks(library: Library, person: Person, set_id: str) -> tuple[Mark, ...]:
    """Of all committed answers to a set, for who made it and administrators. Raises ``LibraryError``."""
    with library.database.reading() as session:
        own_set(session, person, set_id, lock=False)
        of_set = ExerciseAttemptRow.set_id == set_id
        return tuple(_marks(session, of_set & ExerciseAttemptRow.committed.is_not(None)))


def _marks(session: Session, chosen: ColumnElement[bool]) -> Iterator[Mark]:
    query = (
        select(ExerciseAttemptRow, ExerciseSetRow)
        .join(ExerciseSetRow, ExerciseSetRow.id == ExerciseAttemptRow.set_id)
        .where(chosen)
        .order_by(ExerciseAttemptRow.committed, ExerciseAttemptRow.id)
    )
    for row, set_row in session.execute(query).all():
        exercise = ExerciseSet.of(set_row.content)
        given = _answers(session, row.id)
        said = released_of(session, set_row, row.place) if row.revealed is not None else ()
        networks = {(one.level, one.condition): one.grade for one in said}
        attempt = attempt_of(row, exercise)
        for first, last in zip(given[0], given[-1], strict=True):
            mark = _mark(attempt, exercise.cases[row.place], first, last, networks.get(_finding(first)))
            if mark is not None:
                yield mark


def _answers(session: Session, attempt_id: str) -> list[list[Answer]]:
    """First to last, each in one order of findings."""
    query = select(ExerciseAnswerRow.content).where(ExerciseAnswerRow.attempt_id == attempt_id)
    contents = session.scalars(query.order_by(ExerciseAnswerRow.number))
    return [sorted(map(Answer.of, content), key=_finding) for content in contents]


def _finding(answer: Answer) -> tuple[str, str]:
    return answer.level, answer.condition


def _mark(
    attempt: Attempt, case: ExerciseCase, first: Answer, last: Answer, network: str | None
) -> Mark | None:
    reference = case.reference(first.level, first.condition)
    if reference is None or attempt.committed is None or attempt.seconds is None:
        return None
    place = case.place(first.level, first.condition)
    distance = _distance(first.click, place)
    answerable = first.click is not None and place is not None
    hit = (distance is not None and place is not None and distance <= place.radius) if answerable else None
    return Mark(
        attempt.id, attempt.person, case.study_sha256, first.level, first.condition, reference.grade, first, last,
        network, distance, hit, attempt.seconds, attempt.committed, attempt.late,
    )  # fmt: skip


def _distance(click: Click | None, place: ReferencePlace | None) -> float | None:
    if click is None or place is None or click.series_uid != place.series_uid:
        return None
    if abs(click.slice_index - place.slice_index) > SLICES_APART:
        return None
    return hypot(click.row - place.row, click.column - place.column)
