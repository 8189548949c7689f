"""What a learner should read again, and cases for it that they have not seen for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import ExerciseAttemptRow, ExerciseSetRow, ReviewCardRow
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.access import visible_sets
from spine_core.teaching.attempts import REPEAT_DAYS
from spine_core.teaching.boundaries import Boundary
from spine_core.teaching.exercise import ExerciseSet


@dataclass(frozen=True)
class DueCard:
    """A boundary that a person should meet again. ``due``: since when."""

    boundary: Boundary
    due: datetime


@dataclass(frozen=True)
class NextCase:
    """A case of a set that the person sees. ``with_networks``: of the set; without them it is a test of retention."""

    set_id: str
    place: int
    with_networks: bool


def due(library: Library, person: Person, now: datetime) -> tuple[DueCard, ...]:
    """The boundaries that ``person`` should meet again by ``now``, the longest due first."""
    with library.database.reading() as session:
        current(session, person.id)
        query = select(ReviewCardRow).where(ReviewCardRow.person_id == person.id, ReviewCardRow.due <= now)
        rows = session.scalars(
            query.order_by(ReviewCardRow.due, ReviewCardRow.condition, ReviewCardRow.boundary)
        )
        return tuple(DueCard(Boundary.of(row.condition, row.boundary), row.due) for row in rows)


def next_cases(
    library: Library,
    person: Person,
    boundary: Boundary,
    now: datetime,
    count: int = 1,
    *,
    with_networks: bool | None = None,
) -> tuple[NextCase, ...]:
    """At most ``count`` cases whose reference lies at ``boundary``, of sets that ask for its condition.

    None of a study that ``person`` opened within ``REPEAT_DAYS``, in whatever set; studies never seen come first.
    ``with_networks``: of the sets; False for a test of retention, None for either.
    """
    with library.database.reading() as session:
        query = select(ExerciseSetRow).where(visible_sets(session, person)).order_by(ExerciseSetRow.created)
        sets = [(row.id, ExerciseSet.of(row.content)) for row in session.scalars(query)]
        seen = _last_opened(session, person)
    before = now - timedelta(days=REPEAT_DAYS)
    found: dict[str, NextCase] = {}
    for set_id, exercise in sets:
        if with_networks in (None, exercise.with_networks):
            for place in _at(exercise, boundary):
                study = exercise.cases[place].study_sha256
                if study not in seen or seen[study] <= before:
                    found.setdefault(study, NextCase(set_id, place, exercise.with_networks))
    first = sorted(found, key=lambda study: (study in seen, seen.get(study, now)))
    return tuple(found[study] for study in first[:count])


def _last_opened(session: Session, person: Person) -> dict[str, datetime]:
    """By study, when ``person`` read it last: the commit, or the opening where there was none."""
    query = (
        select(ExerciseAttemptRow, ExerciseSetRow.content)
        .join(ExerciseSetRow, ExerciseSetRow.id == ExerciseAttemptRow.set_id)
        .where(ExerciseAttemptRow.person_id == person.id)
    )
    last: dict[str, datetime] = {}
    for row, content in session.execute(query):
        study = content["cases"][row.place]["study_sha256"]
        moment = row.committed or row.opened
        last[study] = max(last.get(study, moment), moment)
    return last


def _at(exercise: ExerciseSet, boundary: Boundary) -> list[int]:
    """Places of the cases whose reference at an asked level is one of the two grades."""
    return [
        place
        for place, case in enumerate(exercise.cases)
        if any(
            one.condition == boundary.condition
            and (one.level, one.condition) in exercise.asked
            and one.grade in (boundary.lower, boundary.upper)
            for one in case.references
        )
    ]
