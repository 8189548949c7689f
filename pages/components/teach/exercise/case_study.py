"""The study of a case of a set, and that of the next case ahead of time."""

from __future__ import annotations

from collections.abc import Callable

from pages.components.session.state import SessionState
from pages.components.teach.case_view import CaseView
from pages.components.teach.opened_view import Opened, opened_view
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.teaching.access import exercise_levels, open_exercise_case

JOB = "exercise-study-"


def exercise_view(
    store: SessionState, library: Library, person: Person, set_id: str, place: int, ahead: int | None
) -> CaseView | None:
    """The case, ready for the viewer; None where it is not there yet, which is said. ``ahead``: the next one."""
    places = [one for one in dict.fromkeys((place, ahead)) if one is not None]
    wanted = {_key(person, set_id, one): _opening(library, person, set_id, one) for one in places}
    return opened_view(store, JOB, wanted)


def could_not_be_opened(store: SessionState, person: Person, set_id: str, place: int) -> bool:
    """Whether the job of the case failed."""
    job = store.jobs.get(_key(person, set_id, place))
    return job is not None and job.error is not None


def _key(person: Person, set_id: str, place: int) -> str:
    return f"{JOB}{set_id}-{place}-{person.id}"


def _opening(library: Library, person: Person, set_id: str, place: int) -> Callable[[Progress], Opened]:
    def run(progress: Progress) -> Opened:
        study = open_exercise_case(library, person, set_id, place, progress)
        return study, exercise_levels(library, person, set_id, place, study)

    return run
