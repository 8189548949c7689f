"""Separates the files of several patients in one upload."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from spine_core.study.errors import MultiplePatientsError
from spine_core.study.frame import Frame
from spine_core.study.types import Patient

SEXES = frozenset({"M", "F"})
"""Values of Patient's Sex that contradict each other; O and an empty value are compatible with both."""


def choose(frames: Sequence[Frame], key: str | None) -> tuple[list[Frame], Patient, int]:
    """Frames of one patient, the patient, and how many other patients were left out.

    ``key``: a ``Patient.key`` of an earlier ``MultiplePatientsError``. Frames without any identity belong to the chosen
    patient. Raises ``MultiplePatientsError`` when there are several patients and ``key`` is none of them.
    """
    patients: list[Patient] = []
    owners: list[int | None] = []
    for frame in frames:
        if frame.patient is None or not _has_identity(frame.patient):
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
            raise MultiplePatientsError(tuple(patients))
        chosen = 0
    selected = [frame for frame, owner in zip(frames, owners, strict=True) if owner in (None, chosen)]
    return selected, patients[chosen], len(patients) - 1


def _has_identity(patient: Patient) -> bool:
    return any((patient.patient_id, patient.name, patient.birth_date, patient.sex in SEXES))


def _same(one: Patient, other: Patient) -> bool:
    """True where ID, name, birth date and sex agree; empty values agree with any, and spelling is normalised."""
    ids = _plain(one.patient_id), _plain(other.patient_id)
    if ids[0] != ids[1] and all(ids):
        return False
    sexes = {one.sex, other.sex} & SEXES
    return (
        len(sexes) < 2
        and _same_date(one.birth_date, other.birth_date)
        and _same_name(one.name, other.name, same_id=bool(ids[0]) and ids[0] == ids[1])
    )


def _same_date(one: str, other: str) -> bool:
    """Compares the digits of dates; a year alone agrees with every day in it."""
    digits = [re.sub(r"\D", "", date) for date in (one, other)]
    return digits[0].startswith(digits[1]) or digits[1].startswith(digits[0])


def _same_name(one: str, other: str, *, same_id: bool) -> bool:
    """Whether two names share a component group (PS3.5 6.2.1: alphabetic, ideographic, phonetic).

    Names in two scripts cannot be compared: they agree where ``same_id`` is True.
    """
    if not one or not other:
        return True
    groups, others = _groups(one), _groups(other)
    if groups & others:
        return True
    scripts, other_scripts = ({group.isascii() for group in found} for found in (groups, others))
    comparable = bool(scripts & other_scripts)
    return same_id and not comparable


def _groups(name: str) -> set[str]:
    """Normalised family and given name of every component group."""
    found = (_plain("^".join(group.split("^")[:2])) for group in name.split("="))
    return {group for group in found if group}


def _plain(value: str) -> str:
    letters = unicodedata.normalize("NFKD", value).casefold()
    return "".join(c for c in re.sub(r"[\W_]+", "", letters) if not unicodedata.combining(c))
