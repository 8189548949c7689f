"""Sets of exercises made from cases of noise, without networks."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update

from spine_core.comparison.types import Outcome
from spine_core.library.cases import get_case
from spine_core.library.database.schema import CaseRow, MapRow
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.study import open_study
from spine_core.teaching.answers import CANNOT_TELL, Answer, Click
from spine_core.teaching.attempts import change_mind, commit, debrief, open_attempt, reveal
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.exercise_case import ExerciseCase, Reference, ReferencePlace
from spine_core.teaching.prepare_release import findings_to_release
from spine_core.teaching.release_store import release
from spine_core.teaching.sets import create_set
from tests.audit.ratings.making import batch_with_maps
from tests.library.making import finding, kept, picture

LEVEL, CONDITION = "L4/L5", "pfirrmann"
ASKED = (LEVEL, CONDITION)


def pure_case(number: int, grade: str = "4", **changes) -> ExerciseCase:
    """A case that is in no library."""
    references = (Reference(LEVEL, CONDITION, grade, "consensus"),)
    return ExerciseCase(
        **({"case_id": f"case{number}", "study_sha256": f"{number:064}", "references": references} | changes)
    )


def pure_set(count: int = 3, **changes) -> ExerciseSet:
    cases = tuple(pure_case(number) for number in range(count))
    given = {"title": "Discs", "cases": cases, "conditions": (CONDITION,), "levels": (LEVEL,)}
    return ExerciseSet(**(given | changes))


def kept_case(library: Library, person: Person, case_id: str, grade: str = "4", **changes) -> ExerciseCase:
    place = ReferencePlace(LEVEL, CONDITION, "series", 0, 30.0, 20.0, 5.0)
    return pure_case(
        0, grade, case_id=case_id, study_sha256=get_case(library, person, case_id).study_sha256,
        learning_point="Look at the nucleus", places=(place,), **changes,
    )  # fmt: skip


def kept_set(
    library: Library, owner: Person, grades: str = "45", network: str = "44", **changes
) -> ExerciseSet:
    """A set of kept cases with references ``grades``, of which a network reported ``network``."""
    cases = []
    for number, (grade, reported) in enumerate(zip(grades, network, strict=True)):
        case_id = kept(library, owner, finding(LEVEL, CONDITION, reported), seed=number)
        cases.append(kept_case(library, owner, case_id, grade))
    return pure_set(cases=tuple(cases), **changes)


def released_set(library: Library, owner: Person, grades: str = "45", network: str = "44", **changes) -> str:
    """The id of a shared set of which is released what the kept readings say."""
    exercise = kept_set(library, owner, grades, network, **changes)
    set_id = create_set(library, owner, exercise, shared=True)
    for place, one in enumerate(exercise.cases):
        release(library, owner, set_id, place, findings_to_release(library, owner, one.case_id, {ASKED}))
    return set_id


def set_with_maps(library: Library, owner: Person) -> tuple[str, str]:
    """The ids of a shared set of two cases with released maps, and of the batch that computed them."""
    batch_id = batch_with_maps(library, owner, 2, grades="45")
    with library.database.reading() as session:
        case_ids = list(session.scalars(select(CaseRow.id).order_by(CaseRow.title)))
    exercise = pure_set(cases=tuple(kept_case(library, owner, one) for one in case_ids))
    set_id = create_set(library, owner, exercise, shared=True)
    for place, case_id in enumerate(case_ids):
        found = findings_to_release(library, owner, case_id, {ASKED}, batch_id)
        release(library, owner, set_id, place, found)
    return set_id, batch_id


def answer(grade: str = "4", confidence: int | None = 4, click: Click | None = None) -> tuple[Answer, ...]:
    return (Answer(LEVEL, CONDITION, grade, None if grade == CANNOT_TELL else confidence, click),)


def worked(
    library: Library, person: Person, set_id: str, place: int, first: str, second: str = "", confidence: int = 4,
    click: Click | None = None, networks: bool = True,
) -> str:  # fmt: skip
    """The id of an attempt from open to debriefed, with a change of mind where ``second`` is given."""
    attempt = open_attempt(library, person, set_id, place)
    commit(library, person, attempt.id, answer(first, confidence, click))
    if networks:
        reveal(library, person, attempt.id)
    if second:
        change_mind(library, person, attempt.id, answer(second))
    debrief(library, person, attempt.id)
    return attempt.id


def learning_set(library: Library, owner: Person, **changes) -> str:
    """The id of a shared set of two cases with released maps, and places on their slices.

    The network is right in the first one and wrong in the second.
    """
    batch_id = batch_with_maps(library, owner, 2, grades="45")
    with library.database.writing() as session:
        session.execute(update(MapRow).where(~MapRow.control).values(outcome=Outcome.FAITHFUL.value))
        case_ids = list(session.scalars(select(CaseRow.id).order_by(CaseRow.title)))
    cases = []
    for number, case_id in enumerate(case_ids):
        series = open_study([picture(number)]).series[0].uid
        place = ReferencePlace(LEVEL, CONDITION, series, 0, 30.0, 20.0, 5.0)
        cases.append(replace(kept_case(library, owner, case_id), places=(place,)))
    set_id = create_set(library, owner, pure_set(cases=tuple(cases), **changes), shared=True)
    for place, case_id in enumerate(case_ids):
        found = findings_to_release(library, owner, case_id, {ASKED}, batch_id)
        release(library, owner, set_id, place, found)
    return set_id
