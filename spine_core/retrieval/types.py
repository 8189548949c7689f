"""Data types of a search for similar discs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Place(StrEnum):
    """Where similar discs are looked for."""

    RELEASED = "released index"
    LIBRARY = "library"


class GradeSource(StrEnum):
    """Who graded a disc of the index."""

    LABEL = "label of the dataset"
    REFERENCE = "reference grade"
    READER = "reader"
    NETWORK = "network"


@dataclass(frozen=True)
class Filters:
    """Which discs are looked at. Those of the query's own patient never are."""

    same_level: bool = False
    same_grade: bool = False


@dataclass(frozen=True, eq=False)
class DiscQuery:
    """The disc whose like is looked for.

    ``embedding``: unit vector (C,) as ``retrieval.embedding`` makes it. ``weightings``: present in its image, "t2+t1",
    "t2" or "t1", with the view where a network has several; only discs seen in the same way are compared, since a
    missing weighting changes the embedding.
    ``grade``: the reported one, None where there is none. ``patient``, ``study``: of the query where known.
    """

    embedding: npt.NDArray[np.float32]
    level: str
    weightings: str
    condition: str
    grades: tuple[str, ...]
    grade: str | None
    patient: str = ""
    study: str = ""


@dataclass(frozen=True)
class IndexedDisc:
    """A disc of an index. ``row``: in the index. ``grades``: by condition; ``graded_by``: who gave each.

    ``patient``: anonymous. ``case_id``: of the library's case, empty in the released index.
    """

    row: int
    patient: str
    source: str
    level: str
    weightings: str
    grades: Mapping[str, str]
    graded_by: Mapping[str, GradeSource]
    case_id: str = ""


@dataclass(frozen=True)
class Neighbour:
    """``distance``: 1 - cosine, 0 to 2. ``percentile``: of that distance among the distances at which the discs of the
    index have their nearest disc of another patient, 0 to 100; None where too few are known.
    """

    disc: IndexedDisc
    distance: float
    percentile: float | None


@dataclass(frozen=True)
class SimilarDiscs:
    """The result of one search.

    ``neighbours``: the nearest first. ``lower``, ``higher``: the nearest disc one grade lower and higher than the
    query's; None where there is none, or the condition's grades have no order. ``candidates``: discs that were
    compared. ``patients``: of these. ``close``: whether the nearest is within the ``CLOSE`` percentile; None where that
    is unknown. ``known_patient``: the query itself is a disc of the index, whose patient was left out.
    """

    condition: str
    neighbours: tuple[Neighbour, ...]
    lower: Neighbour | None
    higher: Neighbour | None
    candidates: int
    patients: int
    close: bool | None
    known_patient: bool = False
