"""A set that comes complete, with all that is released of its cases, from a set file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.release_store import add_released
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.sets import add_set


def store_complete_set(
    library: Library,
    person: Person,
    exercise: ExerciseSet,
    released: Sequence[Sequence[ReleasedFinding] | None],
    maps: Collection[str],
    content: Callable[[str], bytes],
) -> str:
    """The id of a new set of ``person``, whose cases are kept already. Raises ``LibraryError``.

    ``released``: by case, None where nothing is. ``maps``: hashes of all their maps; ``content``: the map of a hash,
    which must be one of the case's study.
    """
    for sha256 in maps:
        library.content.put(content(sha256))
    with library.database.writing() as session:
        library.lock_content(session)
        # Another transaction may have removed them meanwhile as unused.
        for sha256 in maps:
            library.content.put(content(sha256))
        set_id = add_set(session, person, exercise)
        for case, findings in zip(exercise.cases, released, strict=True):
            if findings is not None:
                add_released(session, set_id, case.case_id, findings)
        return set_id
