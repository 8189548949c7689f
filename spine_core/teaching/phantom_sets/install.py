"""Puts the bundled sets into a library: draws their phantoms, keeps them as cases, and releases what was computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from spine_core.library.cases import Description
from spine_core.library.database.schema import CaseRow, ExerciseSetRow
from spine_core.library.keeping import keep, prepare
from spine_core.library.people import built_in_person
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.phantom import build
from spine_core.progress import Progress, silent
from spine_core.study.loader import open_study
from spine_core.study.sources import sources_from_path
from spine_core.study.types import Study
from spine_core.teaching.exercise import ExerciseSet, Order
from spine_core.teaching.exercise_case import ExerciseCase
from spine_core.teaching.phantom_sets.bundle import GRADED_SET, MIXED_SET, BundledCase, read_bundle
from spine_core.teaching.phantom_sets.case import reference_places, references, true_levels, write_case
from spine_core.teaching.phantom_sets.specs import ASKED_LEVELS, CONDITIONS, MIXED_SEED
from spine_core.teaching.stored_set import store_complete_set

TAG = "phantom exercise"


@dataclass(frozen=True)
class _Words:
    title: str
    description: str
    order: Order


WORDS = {
    GRADED_SET: _Words(
        "Phantoms: from easy to hard",
        "20 synthetic spines with known truth. The lesions shrink, and the discs around them degenerate.",
        Order.FIXED,
    ),
    MIXED_SET: _Words(
        "Phantoms: when are the networks wrong?",
        "10 synthetic spines with known truth, some of which the networks misread. Do you notice which?",
        Order.SHUFFLED,
    ),
}
"""By the name of the set."""

LICENCE = "Synthetic; free to use, as SpineLens is (MIT)."


def missing_sets(library: Library) -> tuple[str, ...]:
    """Names of the bundled sets that are not in the library, nor hidden because somebody has worked through them."""
    person = built_in_person(library)
    with library.database.reading() as session:
        query = select(ExerciseSetRow.title).where(ExerciseSetRow.person_id == person.id)
        there = set(session.scalars(query))
    return tuple(name for name, words in WORDS.items() if words.title not in there)


@dataclass(frozen=True)
class Drawn:
    """How many of the phantoms of all missing sets are there."""

    done: int
    of: int


def draw_next(library: Library, progress: Progress = silent) -> Drawn | None:
    """Draws and keeps one phantom, and stores its set with the last one; None where no set is missing.

    In pieces, so that whoever waits for a worker waits for seconds. An interrupted piece is drawn again. Raises
    ``LibraryError``, and ``Cancelled`` where ``progress`` does.
    """
    person, missing = built_in_person(library), missing_sets(library)
    if not missing:
        return None
    bundle = read_bundle()
    kept = _kept(library, person)
    wanted = [one for name in missing for one in bundle.cases_of(name)]
    there = sum(_title(one) in kept for one in wanted)
    # The first set can be worked through while the second is drawn.
    cases = bundle.cases_of(missing[0])
    following = next((one for one in cases if _title(one) not in kept), None)
    if following is not None:
        kept[_title(following)] = _keep(library, person, following, progress)
        there += 1
    if all(_title(one) in kept for one in cases):
        _store(library, person, cases, [_case(library, person, one, kept[_title(one)]) for one in cases])
    return Drawn(there, len(wanted))


def install_phantom_sets(library: Library, progress: Progress = silent) -> None:
    """Makes the bundled sets that are missing; takes some minutes. A call after an interruption goes on with the rest.

    Raises as ``draw_next``.
    """
    while (drawn := draw_next(library, progress)) is not None:
        progress(drawn.done / drawn.of, f"phantom {drawn.done} of {drawn.of}")


def _title(one: BundledCase) -> str:
    return f"{WORDS[one.set_name].title}: case {one.number + 1}"


def _kept(library: Library, person: Person) -> dict[str, str]:
    """Ids of the cases of the built-in person by title."""
    with library.database.reading() as session:
        query = select(CaseRow.title, CaseRow.id).where(CaseRow.owner_id == person.id)
        return {row.title: row.id for row in session.execute(query)}


def _keep(library: Library, person: Person, one: BundledCase, progress: Progress) -> str:
    phantom = build(one.spec)
    with TemporaryDirectory() as folder:
        sources = list(sources_from_path(write_case(phantom, Path(folder), progress)))
        prepared = prepare(library, open_study(sources), sources)
        # No network's reading is kept with it: it would give the answers away.
        levels = true_levels(phantom, prepared.study)
        return keep(library, person, prepared, levels, Description(_title(one), tags=(TAG,))).case_id


def _case(library: Library, person: Person, one: BundledCase, case_id: str) -> tuple[ExerciseCase, Study]:
    phantom = build(one.spec)
    case, study = open_case(library, person, case_id)
    places = reference_places(phantom, study)
    return (
        ExerciseCase(case_id, case.study_sha256, one.learning_point, references(phantom), places),
        study,
    )


def _store(
    library: Library,
    person: Person,
    bundled: Sequence[BundledCase],
    kept: Sequence[tuple[ExerciseCase, Study]],
) -> None:
    words = WORDS[bundled[0].set_name]
    exercise = ExerciseSet(
        title=words.title,
        cases=tuple(case for case, _ in kept),
        conditions=CONDITIONS,
        levels=ASKED_LEVELS,
        description=words.description,
        licence=LICENCE,
        order=words.order,
        seed=MIXED_SEED,
    )
    released = [one.findings_in(study) for one, (_, study) in zip(bundled, kept, strict=True)]
    maps = {sha256 for findings in released for one in findings for sha256 in one.maps.values()}
    if words.title in {WORDS[name].title for name in missing_sets(library)}:
        store_complete_set(
            library, person, exercise, released, maps, read_bundle().maps.__getitem__, shared=True
        )
