"""The search itself: nearest discs of other patients, and the nearest ones a grade lower and higher."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.grading.types import DiscImage, Finding
from spine_core.networks.conditions import Scale
from spine_core.networks.network import Network
from spine_core.retrieval.embedding import embed
from spine_core.retrieval.index import CLOSE, DiscIndex, distance_percentile
from spine_core.retrieval.search import cosine_distances, nearest
from spine_core.retrieval.types import DiscQuery, Filters, IndexedDisc, Neighbour, SimilarDiscs

SHOWN = 5
"""Neighbours that are shown by default."""
SAME_IMAGE = 0.002
"""Distance below which a disc of the released index is taken for the queried one itself: half the least distance
between two patients in it. A disc that is cropped elsewhere by a few pixels is farther away and is not recognised."""
EVERYTHING = Filters()

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def query_of(
    network: Network, image: DiscImage, finding: Finding, *, patient: str = "", study: str = ""
) -> DiscQuery:
    """The query for the disc of ``image``. Raises ``NoEmbeddingError`` for a network without feature maps."""
    return DiscQuery(
        embed(network, image.pixels[None])[0],
        image.level,
        weightings_of(image, finding.view),
        finding.condition,
        finding.definition.grades if finding.definition.scale is not Scale.CATEGORICAL else (),
        finding.grade,
        patient,
        study,
    )


def weightings_of(image: DiscImage, view: str = "") -> str:
    """The weightings in the image of a disc, such as "t2+t1", with the network's ``view`` where it has several."""
    names = "+".join(dict.fromkeys(one.weighting for one in image.channels if one is not None))
    return f"{names} {view}" if view else names


def with_weighting(image: DiscImage, weighting: str) -> DiscImage:
    """The image of a disc as if only ``weighting`` had been there: all other channels are missing."""
    kept = [one is not None and one.weighting == weighting for one in image.channels]
    pixels = image.pixels * np.array(kept, dtype=np.float32)[:, None, None]
    channels = tuple(one if keep else None for one, keep in zip(image.channels, kept, strict=True))
    return replace(image, pixels=pixels, channels=channels)


def similar_discs(
    index: DiscIndex,
    query: DiscQuery,
    filters: Filters = EVERYTHING,
    count: int = SHOWN,
) -> SimilarDiscs:
    """The ``count`` discs of ``index`` nearest to ``query`` among those that are graded for its condition.

    The query's own patient is left out: by number, by study, and where a disc of the index is the queried one itself.
    """
    distances, allowed, known = _of_other_patients(index, query)
    grades = index.column(query.condition)
    if filters.same_level:
        allowed &= index.levels == query.level
    wanted = allowed & (grades == _grade_number(index, query)) if filters.same_grade else allowed

    def found(mask: Mask, number: int) -> tuple[Neighbour, ...]:
        return _neighbours(index, query, distances, mask, number)

    def step(by: int) -> Neighbour | None:
        grade = _one_step(query, by)
        return None if grade is None else next(iter(found(allowed & (grades == grade), 1)), None)

    neighbours = found(wanted, count)
    return SimilarDiscs(
        condition=query.condition,
        neighbours=neighbours,
        lower=step(-1),
        higher=step(1),
        candidates=int(wanted.sum()),
        patients=int(np.count_nonzero(np.bincount(index.patient_numbers[wanted]))),
        close=_is_close(neighbours),
        known_patient=known,
    )


def discs_by_chance(
    index: DiscIndex, query: DiscQuery, count: int, random: np.random.Generator
) -> list[IndexedDisc]:
    """At most ``count`` discs of the query's level that are graded for its condition, drawn with ``random``.

    A control of ``similar_discs``: of other patients and seen on the same weightings, but not by their likeness.
    """
    _, allowed, _ = _of_other_patients(index, query)
    rows = np.flatnonzero(allowed & (index.levels == query.level))
    return [index.disc(int(row)) for row in random.permutation(rows)[:count]]


def _of_other_patients(index: DiscIndex, query: DiscQuery) -> tuple[Array, Mask, bool]:
    """Distances of all rows, the rows of other patients that can be compared, and whether the patient was recognised by
    an image that is the queried one.
    """
    distances = cosine_distances(index.embeddings, index.project(query.embedding[None])[0])
    own, known = _own_patient(index, query, distances)
    return distances, index.comparable(query.weightings, query.condition) & ~own, known


def _own_patient(index: DiscIndex, query: DiscQuery, distances: Array) -> tuple[Mask, bool]:
    """Rows of the query's patient, and whether the patient was recognised by an image that is the queried one."""
    own = np.zeros(len(index), dtype=bool)
    if query.patient:
        own |= index.patients == query.patient
    if query.study and index.studies is not None:
        own |= index.studies == query.study
    # Patients of the released index have no other mark; features of another network may all be that near.
    same = np.flatnonzero(distances < SAME_IMAGE) if index.studies is None else np.empty(0, dtype=np.int64)
    same = same[index.weightings[same] == query.weightings]
    if len(same):
        own |= np.isin(index.patient_numbers, index.patient_numbers[same])
    return own, bool(len(same))


def _grade_number(index: DiscIndex, query: DiscQuery) -> int:
    grades = index.conditions.get(query.condition, ())
    return grades.index(query.grade) if query.grade in grades else len(grades)


def _one_step(query: DiscQuery, step: int) -> int | None:
    """Index of the grade one ``step`` away; None where there is none or the grades have no order."""
    if query.grade not in query.grades:
        return None
    number = query.grades.index(query.grade) + step
    return number if 0 <= number < len(query.grades) else None


def _neighbours(
    index: DiscIndex, query: DiscQuery, distances: Array, mask: Mask, count: int
) -> tuple[Neighbour, ...]:
    known = index.nearest_distances(query.weightings, query.condition)
    rows, found = nearest(distances, mask, count)
    return tuple(
        Neighbour(
            index.disc(int(row)),
            float(distance),
            None if known is None else distance_percentile(known, float(distance)),
        )
        for row, distance in zip(rows, found, strict=True)
    )


def _is_close(neighbours: tuple[Neighbour, ...]) -> bool | None:
    if not neighbours or neighbours[0].percentile is None:
        return None
    return neighbours[0].percentile <= CLOSE
