"""Whose files these are: tells two patients of one upload apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from spine_core.study.errors import SeveralPatients
from spine_core.study.frame import Frame
from spine_core.study.model import Patient


def choose(frames: Sequence[Frame], key: str | None) -> tuple[list[Frame], Patient, int]:
    """Frames of one patient, who that is, and how many other patients were left out.

    ``key`` is a ``Patient.key`` of an earlier ``SeveralPatients``. Frames without any identity go to the patient
    chosen. Raises ``SeveralPatients`` when there are several and ``key`` names none of them.
    """
    patients: list[Patient] = []
    owners: list[int | None] = []
    for frame in frames:
        if frame.patient is None or not (frame.patient.patient_id or frame.patient.name):
            owners.append(None)
            continue
        match = next((at for at, known in enumerate(patients) if _same(known, frame.patient)), None)
        if match is None:
            match = len(patients)
            patients.append(replace(frame.patient, key=f"patient {match + 1}"))
        owners.append(match)
    if not patients:
        return list(frames), Patient(key=""), 0
    chosen = next((at for at, patient in enumerate(patients) if patient.key == key), None)
    if chosen is None:
        if len(patients) > 1:
            raise SeveralPatients(tuple(patients))
        chosen = 0
    kept = [frame for frame, owner in zip(frames, owners, strict=True) if owner in (None, chosen)]
    return kept, patients[chosen], len(patients) - 1


def _same(one: Patient, other: Patient) -> bool:
    """True where number and name agree; an empty one agrees with everything, spelling does not matter."""
    numbers = (_plain(one.patient_id), _plain(other.patient_id))
    names = (_plain(one.name), _plain(other.name))
    return all(pair[0] == pair[1] or not all(pair) for pair in (numbers, names))


def _plain(value: str) -> str:
    return re.sub(r"[\W_]+", "", value).casefold()
