"""Released findings in the database: stored when a set is made, so that a reveal computes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from spine_core.audit.batch.finding_maps import read_stored_map
from spine_core.library.database.schema import (
    ExerciseAttemptRow,
    ExerciseSetRow,
    MapRow,
    ReleasedFindingsRow,
    ReleasedMapRow,
    RoomRow,
)
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.access import case_of, own_set
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.released import ReleasedFinding


def release(
    library: Library, person: Person, set_id: str, place: int, findings: Sequence[ReleasedFinding]
) -> None:
    """Stores what the networks say of the case at ``place``, in place of what was released of it before.

    Raises ``LibraryError`` for somebody who may not change the set, for a map that is not of this study, and after
    the case was revealed to somebody: all learners see the same.
    """
    with library.database.writing() as session:
        library.lock_content(session)
        row = own_set(session, person, set_id)
        case = case_of(ExerciseSet.of(row.content), place)
        _check_not_revealed(session, set_id, place)
        _check(session, library, case.study_sha256, findings)
        before = forget_case(session, set_id, case.case_id)
        add_released(session, set_id, case.case_id, findings)
    library.remove_unused(before)


def not_released(library: Library, person: Person, set_id: str) -> tuple[int, ...]:
    """Places of the cases of which nothing was released yet. Raises ``LibraryError`` for who may not change the set."""
    with library.database.reading() as session:
        cases = ExerciseSet.of(own_set(session, person, set_id, lock=False).content).cases
        query = select(ReleasedFindingsRow.case_id).where(ReleasedFindingsRow.set_id == set_id)
        there = set(session.scalars(query))
    return tuple(place for place, one in enumerate(cases) if one.case_id not in there)


def released_of(session: Session, row: ExerciseSetRow, place: int) -> tuple[ReleasedFinding, ...]:
    """What was released of a case; empty where nothing was."""
    case = case_of(ExerciseSet.of(row.content), place)
    found = session.get(ReleasedFindingsRow, (row.id, case.case_id))
    return () if found is None else tuple(ReleasedFinding.of(one) for one in found.findings)


def read_released_map(library: Library, finding: ReleasedFinding, method: str) -> npt.NDArray[np.float32]:
    """A map of a finding that was revealed, (size, size). Raises ``LibraryError`` where its file is missing."""
    return read_stored_map(library.content.get(finding.maps[method]))


def add_released(session: Session, set_id: str, case_id: str, findings: Sequence[ReleasedFinding]) -> None:
    """Stores findings of a case of which nothing is released."""
    values = [one.values() for one in findings]
    session.add(ReleasedFindingsRow(set_id=set_id, case_id=case_id, findings=values))
    session.add_all(
        ReleasedMapRow(set_id=set_id, case_id=case_id, map_sha256=sha256)
        for sha256 in {sha256 for one in findings for sha256 in one.maps.values()}
    )


def keep_released(session: Session, old: str, new: str, exercise: ExerciseSet) -> None:
    """Copies what was released of the cases of ``exercise`` from one version of a set to the next."""
    for one in exercise.cases:
        found = session.get(ReleasedFindingsRow, (old, one.case_id))
        if found is not None:
            findings = [ReleasedFinding.of(values) for values in found.findings]
            add_released(session, new, one.case_id, findings)


def forget_released(session: Session, set_id: str, exercise: ExerciseSet | None = None) -> tuple[str, ...]:
    """Removes what was released of cases that are not in ``exercise``; returns the hashes of their maps."""
    kept = set() if exercise is None else {one.case_id for one in exercise.cases}
    query = select(ReleasedFindingsRow.case_id).where(ReleasedFindingsRow.set_id == set_id)
    gone = set(session.scalars(query)) - kept
    return tuple(sha256 for case_id in gone for sha256 in forget_case(session, set_id, case_id))


def forget_case(session: Session, set_id: str, case_id: str) -> tuple[str, ...]:
    """Removes what was released of a case; returns the hashes of its maps."""
    of_case = (ReleasedMapRow.set_id == set_id, ReleasedMapRow.case_id == case_id)
    hashes = tuple(session.scalars(select(ReleasedMapRow.map_sha256).where(*of_case)))
    session.execute(delete(ReleasedMapRow).where(*of_case))
    session.execute(
        delete(ReleasedFindingsRow).where(
            ReleasedFindingsRow.set_id == set_id, ReleasedFindingsRow.case_id == case_id
        )
    )
    return hashes


def _check_not_revealed(session: Session, set_id: str, place: int) -> None:
    query = select(ExerciseAttemptRow.id).where(
        ExerciseAttemptRow.set_id == set_id,
        ExerciseAttemptRow.place == place,
        ExerciseAttemptRow.revealed.is_not(None),
    )
    rooms = session.scalars(select(RoomRow.phases).where(RoomRow.set_id == set_id))
    # Only a case that was revealed to a class has a phase.
    if session.scalar(query.limit(1)) is not None or any(str(place) in one for one in rooms):
        msg = "what the networks say of this case was revealed to a learner and stays as it is"
        raise LibraryError(msg)


def _check(
    session: Session, library: Library, study_sha256: str, findings: Sequence[ReleasedFinding]
) -> None:
    """A released map is shown to everybody who sees the set: it must be one of this study."""
    places = [(one.level, one.condition) for one in findings]
    if len(set(places)) < len(places):
        msg = "a finding is released twice"
        raise LibraryError(msg)
    wanted = {sha256 for one in findings for sha256 in one.maps.values()}
    query = select(MapRow.map_sha256).where(
        MapRow.study_sha256 == study_sha256, MapRow.map_sha256.in_(wanted)
    )
    if wanted - set(session.scalars(query)) or not all(library.content.holds(one) for one in wanted):
        msg = "a map to be released is not stored; run the batch again"
        raise LibraryError(msg)
