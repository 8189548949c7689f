"""Releases what is stored of all cases of a set, and says of each what there is and why not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress, silent
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.prepare_release import findings_to_release
from spine_core.teaching.release_store import not_released, release
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.sets import get_set


@dataclass(frozen=True)
class ReleaseState:
    """Of one case: whether something is released, and what could be released now.

    ``findings``: of those that are asked for, ``with_maps`` of them with maps. ``reason``: why nothing can be released;
    empty where it can.
    """

    place: int
    case_id: str
    released: bool
    findings: int = 0
    with_maps: int = 0
    reason: str = ""


def release_states(
    library: Library,
    person: Person,
    set_id: str,
    batch_id: str | None = None,
    methods: Collection[str] | None = None,
    progress: Progress = silent,
) -> tuple[ReleaseState, ...]:
    """Of every case. ``batch_id``, ``methods``: as in ``findings_to_release``. Raises ``LibraryError``."""
    return tuple(state for state, _ in _each(library, person, set_id, batch_id, methods, progress))


def release_all(
    library: Library,
    person: Person,
    set_id: str,
    batch_id: str | None = None,
    methods: Collection[str] | None = None,
    progress: Progress = silent,
) -> tuple[ReleaseState, ...]:
    """Releases every case of which there is something, in place of what was released of it before.

    A case that was revealed to a learner keeps what it has, and its state says so. Raises ``LibraryError``.
    """
    states = []
    for state, found in _each(library, person, set_id, batch_id, methods, progress):
        if found:
            try:
                release(library, person, set_id, state.place, found)
                state = replace(state, released=True)
            except LibraryError as error:
                state = replace(state, reason=str(error))
        states.append(state)
    return tuple(states)


def _each(
    library: Library, person: Person, set_id: str, batch_id: str | None, methods: Collection[str] | None,
    progress: Progress,
) -> Iterator[tuple[ReleaseState, tuple[ReleasedFinding, ...]]]:  # fmt: skip
    """Every case as it is, with what could be released of it."""
    missing = set(not_released(library, person, set_id))
    exercise = get_set(library, person, set_id).exercise
    for place in range(len(exercise.cases)):
        progress(place / len(exercise.cases), f"case {place + 1} of {len(exercise.cases)}")
        state, found = _prepared(library, person, exercise, place, batch_id, methods)
        yield replace(state, released=place not in missing), found


def _prepared(
    library: Library,
    person: Person,
    exercise: ExerciseSet,
    place: int,
    batch_id: str | None,
    methods: Collection[str] | None,
) -> tuple[ReleaseState, tuple[ReleasedFinding, ...]]:
    case_id = exercise.cases[place].case_id
    try:
        found = findings_to_release(library, person, case_id, set(exercise.asked), batch_id, methods)
    except LibraryError as error:
        return ReleaseState(place, case_id, released=False, reason=str(error)), ()
    reason = "" if found else "the kept reading says nothing of the findings that are asked for"
    with_maps = sum(bool(one.maps) for one in found)
    return ReleaseState(
        place, case_id, released=False, findings=len(found), with_maps=with_maps, reason=reason
    ), found
