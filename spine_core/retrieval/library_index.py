"""The index of the cases of the library that a person sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.library.cases import get_case
from spine_core.library.errors import LibraryError
from spine_core.library.search import find_cases
from spine_core.library.store import Library
from spine_core.library.types import Case, Decision, Person
from spine_core.networks.registry import Bundle
from spine_core.progress import Part, Progress, silent
from spine_core.retrieval.index import UNKNOWN, DiscIndex
from spine_core.retrieval.kept_discs import KeptDiscs, discs_of_case
from spine_core.retrieval.types import GradeSource

MOST_CASES = 20_000
LIBRARY = "library"
NO_GRADE = ""


@dataclass(frozen=True, eq=False)
class LibraryIndex:
    """``index``: one row per disc. ``pixels``: float16 (channels, size, size), the network's input of each row.

    ``unreadable``: cases whose files could not be opened. ``synthetic``: cases that were left out as such.
    """

    index: DiscIndex
    pixels: tuple[npt.NDArray[np.float16], ...]
    unreadable: int
    synthetic: int


def library_index(
    library: Library, person: Person, bundle: Bundle, progress: Progress = silent
) -> LibraryIndex:
    """The discs of all cases that ``person`` sees, except synthetic ones, as the grader of ``bundle`` sees them.

    A case that is not embedded yet takes as long as a reading. Raises ``LibraryError``, ``NoEmbeddingError``.
    """
    listed = find_cases(library, person, limit=MOST_CASES).cases
    wanted = [one for one in listed if not one.synthetic]
    found: list[tuple[Case, KeptDiscs]] = []
    unreadable = 0
    for number, one in enumerate(wanted):
        part = Part(progress, number / len(wanted), 1 / len(wanted))
        part(0.0, f"discs of case {number + 1} of {len(wanted)}")
        try:
            case = get_case(library, person, one.id)
            discs = discs_of_case(library, person, case, bundle, part)
        except LibraryError:
            # Deleted or hidden since it was listed, or its files are gone: the others can still be searched.
            unreadable += 1
            continue
        if discs is not None:
            found.append((case, discs))
    index = joined(bundle.grader.id.sha256, found)
    pixels = tuple(image for _, discs in found for image in discs.pixels)
    return LibraryIndex(index, pixels, unreadable, len(listed) - len(wanted))


def joined(network: str, found: Sequence[tuple[Case, KeptDiscs]]) -> DiscIndex:
    """The discs of several cases as one index; a person's grade counts before the network's."""
    conditions: dict[str, tuple[str, ...]] = {}
    for _, discs in found:
        conditions |= discs.conditions
    rows = [(case, discs, number) for case, discs in found for number in range(len(discs.levels))]
    grades = np.full((len(rows), len(conditions)), UNKNOWN, dtype=np.int8)
    regraded: dict[tuple[int, str], GradeSource] = {}
    for row, (case, discs, number) in enumerate(rows):
        own = {name: (grade, GradeSource.NETWORK) for name, grade in discs.grades[number].items()}
        for name, (grade, source) in (own | _by_people(case, discs.levels[number])).items():
            if grade in conditions.get(name, ()):
                grades[row, list(conditions).index(name)] = conditions[name].index(grade)
                if source is not GradeSource.NETWORK:
                    regraded[row, name] = source
    width = found[0][1].embeddings.shape[1] if found else 0
    return DiscIndex(
        network=network,
        embeddings=np.concatenate(
            [np.empty((0, width), np.float32), *(discs.embeddings for _, discs in found)]
        ),
        levels=_texts([discs.levels[number] for _, discs, number in rows]),
        patients=_texts([case.patient for case, _, _ in rows]),
        sources=_texts([LIBRARY for _ in rows]),
        weightings=_texts([discs.weightings[number] for _, discs, number in rows]),
        grades=grades,
        conditions=conditions,
        graded_by=GradeSource.NETWORK,
        regraded=regraded,
        cases=_texts([case.id for case, _, _ in rows]),
        studies=_texts([case.study_sha256 for case, _, _ in rows]),
    )


def _by_people(case: Case, level: str) -> dict[str, tuple[str, GradeSource]]:
    """Grades of a level that people gave: the reference, else what a reader decided last; none if rejected."""
    found: dict[str, tuple[str, GradeSource]] = {}
    for one in sorted(case.reviews, key=lambda review: review.decided):
        if one.level != level:
            continue
        if one.decision is Decision.ACCEPTED:
            found.pop(one.condition, None)
        else:
            found[one.condition] = (one.grade or NO_GRADE, GradeSource.READER)
    references = {
        one.condition: (one.grade, GradeSource.REFERENCE) for one in case.references if one.level == level
    }
    return found | references


def _texts(values: Sequence[str]) -> npt.NDArray[np.str_]:
    return np.array(values, dtype=np.str_)
