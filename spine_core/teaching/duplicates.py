"""Warnings of cases that a set holds twice, or of one patient."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from spine_core.teaching.exercise_case import ExerciseCase


def duplicates(cases: Sequence[ExerciseCase], patients: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """A sentence for all cases of one study, then for those of one patient; cases are counted from 1.

    ``patients``: pseudonyms by id of the case, as far as they are known. What one case teaches gives away the other.
    """
    by_study = _groups([one.study_sha256 for one in cases])
    named = [(patients or {}).get(one.case_id, "") for one in cases]
    # Cases of one study are of one patient as well, which needs no second warning.
    by_patient = [
        places
        for places in _groups(named)
        if named[places[0]] and len({cases[one].study_sha256 for one in places}) > 1
    ]
    return (
        *(f"{_counted(places)} are the same study" for places in by_study),
        *(f"{_counted(places)} are of the same patient" for places in by_patient),
    )


def _groups(keys: Sequence[str]) -> list[list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        found[key].append(place)
    return [places for places in found.values() if len(places) > 1]


def _counted(places: Sequence[int]) -> str:
    *first, last = (str(place + 1) for place in places)
    return f"cases {', '.join(first)} and {last}"
