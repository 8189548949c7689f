"""An index: embeddings of discs, with their levels, grades and anonymous patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spine_core.retrieval.embedding import unit
from spine_core.retrieval.search import nearest_other_patient
from spine_core.retrieval.types import GradeSource, IndexedDisc

CLOSE = 95
"""Percentile of the nearest distances within the index beyond which no disc is called close."""
MIN_DISTANCES = 20
"""Discs of several patients that percentiles need."""
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class DiscIndex:
    """N discs, one row per disc and set of weightings.

    ``network``: hash of the network whose embeddings these are. ``embeddings``: unit rows (N, C), float32. ``basis``:
    (features, C), by which the network's own embeddings are projected; None where they are stored as they are.
    ``levels``, ``patients``, ``sources``, ``weightings``, ``cases``, ``studies``: text (N,). ``conditions``: names and
    grades of the K conditions. ``grades``: int8 (N, K), index of the grade, -1 where unknown. ``graded_by``: who gave
    them; ``regraded``: those that somebody else gave, by row and condition.
    ``images``: (N, 2), salted hashes of the files of T2 and T1; ``places``: (N, 2, 5), the disc on each (row, column,
    caudal direction, inter-disc distance). ``salt``: of the hashes.
    """

    network: str
    embeddings: npt.NDArray[np.float32]
    levels: npt.NDArray[np.str_]
    patients: npt.NDArray[np.str_]
    sources: npt.NDArray[np.str_]
    weightings: npt.NDArray[np.str_]
    grades: npt.NDArray[np.int8]
    conditions: Mapping[str, tuple[str, ...]]
    graded_by: GradeSource = GradeSource.LABEL
    regraded: Mapping[tuple[int, str], GradeSource] = field(default_factory=dict)
    basis: npt.NDArray[np.float32] | None = None
    cases: npt.NDArray[np.str_] | None = None
    studies: npt.NDArray[np.str_] | None = None
    images: npt.NDArray[np.str_] | None = None
    places: npt.NDArray[np.float32] | None = None
    salt: str = ""
    stored_distances: Mapping[tuple[str, str], npt.NDArray[np.float32]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.levels)

    @cached_property
    def patient_numbers(self) -> npt.NDArray[np.int64]:
        """A number for every patient, (N,): faster to compare than text."""
        return np.asarray(np.unique(self.patients, return_inverse=True)[1])

    def comparable(self, weightings: str, condition: str) -> npt.NDArray[np.bool_]:
        """Rows (N,) that were seen on these weightings and are graded for the condition."""
        key = (weightings, condition)
        if key not in self._comparable:
            self._comparable[key] = (self.weightings == weightings) & (self.column(condition) != UNKNOWN)
        return self._comparable[key]

    @cached_property
    def _comparable(self) -> dict[tuple[str, str], npt.NDArray[np.bool_]]:
        return {}

    def project(self, embeddings: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The network's embeddings (N, features) as those of the index (N, C)."""
        return embeddings if self.basis is None else unit(embeddings @ self.basis)

    def column(self, condition: str) -> npt.NDArray[np.int8]:
        """Grades (N,) of a condition, -1 where unknown."""
        names = list(self.conditions)
        return (
            self.grades[:, names.index(condition)] if condition in names else np.full(len(self), -1, np.int8)
        )

    def disc(self, row: int) -> IndexedDisc:
        """One row in words."""
        known = {
            name: grades[value]
            for (name, grades), value in zip(self.conditions.items(), self.grades[row], strict=True)
            if value != UNKNOWN
        }
        return IndexedDisc(
            row, str(self.patients[row]), str(self.sources[row]), str(self.levels[row]),
            str(self.weightings[row]), known,
            {name: self.regraded.get((row, name), self.graded_by) for name in known},
            "" if self.cases is None else str(self.cases[row]),
        )  # fmt: skip

    @cached_property
    def _distances(self) -> dict[tuple[str, str], npt.NDArray[np.float32] | None]:
        return dict(self.stored_distances)

    def nearest_distances(self, weightings: str, condition: str) -> npt.NDArray[np.float32] | None:
        """Distances, ascending, at which discs with a grade of ``condition`` have their nearest one of another patient.

        None where fewer than ``MIN_DISTANCES`` are known.
        """
        key = (weightings, condition)
        if key not in self._distances:
            rows = self.comparable(weightings, condition)
            found = nearest_other_patient(self.embeddings[rows], self.patients[rows])
            found = np.sort(found[np.isfinite(found)])
            self._distances[key] = found if len(found) >= MIN_DISTANCES else None
        return self._distances[key]

    def with_distances(self) -> DiscIndex:
        """The index with the percentiles of all conditions and weightings, to be stored."""
        found = {}
        for weightings in np.unique(self.weightings):
            for condition in self.conditions:
                values = self.nearest_distances(str(weightings), condition)
                if values is not None:
                    found[str(weightings), condition] = np.percentile(values, np.arange(101)).astype(
                        np.float32
                    )
        return replace(self, stored_distances=found)


def distance_percentile(distances: Sequence[float] | npt.NDArray[np.float32], value: float) -> float:
    """Percentage of ascending ``distances`` that are smaller than ``value``."""
    return 100.0 * float(np.searchsorted(np.asarray(distances), value, side="left")) / len(distances)
