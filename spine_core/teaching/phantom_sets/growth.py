"""The bundled sets in the library: a set begins with its first phantom and grows with the others."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import CaseRow, ExerciseSetRow
from spine_core.library.people import built_in_person
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.phantom import build
from spine_core.study.types import Study
from spine_core.teaching.exercise import ExerciseSet, Order
from spine_core.teaching.exercise_case import ExerciseCase
from spine_core.teaching.phantom_sets.bundle import Bundle, BundledCase
from spine_core.teaching.phantom_sets.case import reference_places, references
from spine_core.teaching.phantom_sets.specs import ASKED_LEVELS, CONDITIONS, MIXED_SEED
from spine_core.teaching.phantom_sets.words import LICENCE, WORDS
from spine_core.teaching.release_store import add_released
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.sets import add_set

_GROWING = threading.Lock()
"""Two phantoms that are ready at once must not be added to the same place."""


def missing_sets(library: Library) -> tuple[str, ...]:
    """Names of the bundled sets that are not in the library or not complete.

    One that is hidden because somebody has worked through it is not missing.
    """
    person = built_in_person(library)
    with library.database.reading() as session:
        query = select(ExerciseSetRow).where(ExerciseSetRow.person_id == person.id)
        there = {row.title: ExerciseSet.of(row.content).description for row in session.scalars(query)}
    return tuple(name for name, one in WORDS.items() if there.get(one.title, one.growing) == one.growing)


def title_of(one: BundledCase) -> str:
    """Title of a case in the library."""
    return f"{WORDS[one.set_name].title}: case {one.number + 1}"


def kept_cases(library: Library, person: Person) -> dict[str, str]:
    """Ids of the cases of the built-in person by title."""
    with library.database.reading() as session:
        query = select(CaseRow.title, CaseRow.id).where(CaseRow.owner_id == person.id)
        return {row.title: row.id for row in session.execute(query)}


def grow(library: Library, bundle: Bundle, name: str, studies: Mapping[str, Study]) -> None:
    """Adds to a set the cases that are kept and whose turn it is, with what is released of them.

    A set with a fixed order grows case by case; one that is shuffled is stored once it is complete, since another
    number of cases is another order. ``studies``: by title, those that are open already. Raises ``LibraryError``.
    """
    person, cases = built_in_person(library), bundle.cases_of(name)
    with _GROWING:
        kept = kept_cases(library, person)
        ready = list(takewhile(lambda one: title_of(one) in kept, cases))
        if WORDS[name].order is Order.SHUFFLED and len(ready) < len(cases):
            return
        there = _cases_there(library, person, name)
        # Somebody may have changed the set, which then stays as it is.
        if there == [kept[title_of(one)] for one in ready[: len(there)]] and len(there) < len(ready):
            new = [_exercise_case(library, person, one, kept, studies) for one in ready[len(there) :]]
            _add(library, person, bundle, name, len(there), new)


def _cases_there(library: Library, person: Person, name: str) -> list[str]:
    """Ids of the cases of a set; of none where there is no such set yet."""
    with library.database.reading() as session:
        row = _row(session, person, name)
        return [] if row is None else [one.case_id for one in ExerciseSet.of(row.content).cases]


def _row(session: Session, person: Person, name: str) -> ExerciseSetRow | None:
    query = select(ExerciseSetRow).where(
        ExerciseSetRow.person_id == person.id, ExerciseSetRow.title == WORDS[name].title
    )
    return session.scalar(query)


_Case = tuple[ExerciseCase, tuple[ReleasedFinding, ...]]


def _exercise_case(
    library: Library, person: Person, one: BundledCase, kept: Mapping[str, str], studies: Mapping[str, Study]
) -> _Case:
    phantom, case_id = build(one.spec), kept[title_of(one)]
    study = studies.get(title_of(one)) or open_case(library, person, case_id)[1]
    places = reference_places(phantom, study)
    case = ExerciseCase(case_id, study.sha256, one.learning_point, references(phantom), places)
    return case, one.findings_in(study)


def _add(
    library: Library, person: Person, bundle: Bundle, name: str, there: int, new: Sequence[_Case]
) -> None:
    maps = {sha256 for _, findings in new for one in findings for sha256 in one.maps.values()}
    for sha256 in maps:
        library.content.put(bundle.maps[sha256])
    complete = there + len(new) == len(bundle.cases_of(name))
    with library.database.writing() as session:
        library.lock_content(session)
        # Another transaction may have removed them meanwhile as unused.
        for sha256 in maps:
            library.content.put(bundle.maps[sha256])
        row = _row(session, person, name)
        before = () if row is None else ExerciseSet.of(row.content).cases
        if len(before) != there:
            # Another server has been faster.
            return
        exercise = _exercise(name, (*before, *(case for case, _ in new)), complete=complete)
        if row is None:
            set_id = add_set(session, person, exercise, shared=True)
        else:
            # An attempt freezes a set, but more cases behind its last one change nothing that was answered.
            set_id, row.content = row.id, exercise.values()
        for case, findings in new:
            add_released(session, set_id, case.case_id, findings)


def _exercise(name: str, cases: tuple[ExerciseCase, ...], *, complete: bool) -> ExerciseSet:
    words = WORDS[name]
    exercise = ExerciseSet(
        title=words.title,
        cases=cases,
        conditions=CONDITIONS,
        levels=ASKED_LEVELS,
        description=words.description,
        licence=LICENCE,
        order=words.order,
        seed=MIXED_SEED,
    )
    return exercise if complete else replace(exercise, description=words.growing)
