"""What tells one patient from another: the input of the pseudonyms, equal for equal patients in all uploads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from spine_core.study.frame import Frame
from spine_core.study.types import Patient


def patient_key(patient: Patient, frames: Sequence[Frame]) -> str:
    """Patient ID, name and birth date without case and spaces; else the study's UID; else a hash of the pixels.

    An ID alone would join patients of two hospitals. One patient whose name is spelt in two ways gets two pseudonyms.
    """
    identity = [_plain(value) for value in (patient.patient_id, patient.name, patient.birth_date)]
    if any(identity):
        return "\0".join(("patient", *identity))
    if study := next((frame.study_uid for frame in frames if frame.study_uid), ""):
        return f"study\0{study}"
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(np.ascontiguousarray(frame.pixels).data)
    return f"pixels\0{digest.hexdigest()}"


def _plain(value: str) -> str:
    return "".join(letter for letter in value.casefold() if letter.isalnum())
