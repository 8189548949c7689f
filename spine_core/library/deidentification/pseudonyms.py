"""Pseudonyms of one patient: UIDs, patient ID and shifted dates, all derived from a secret.

Equal inputs give equal pseudonyms, in every file and at every time, so that references stay intact and a file that is
stored twice has the same bytes. Without the secret no pseudonym leads back to its original.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from pydicom import config
from pydicom.uid import UID

MIN_SECRET_BYTES = 16
MAX_SHIFT_DAYS = 3650
CODING_SCHEMES = frozenset({"2.16.840.1.113883.6.96", "2.16.840.1.113883.6.8"})
"""SNOMED CT and UCUM (PS3.16 table 8-1); pydicom knows the others."""

_DATE = re.compile(r"(\d{4})(?:(\d{2})(\d{2})|\.(\d{2})\.(\d{2}))")
"""DA of PS3.5 table 6.2-1, and its form of ACR-NEMA with full stops."""
_DATETIME = re.compile(
    r"(?P<date>\d{4}(?:\d{2}){0,2})(?P<time>(?:(?<=\d{8})\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?)"
    r"(?P<zone>(?:[+-]\d{4})?)"
)


def is_well_known(uid: str) -> bool:
    """True for UIDs of PS3.6 annex A and of published coding schemes.

    The prefix of DICOM's UIDs does not suffice, since anything may follow it.
    """
    return uid in CODING_SCHEMES or UID(uid, config.IGNORE).name != uid


@dataclass(frozen=True)
class Pseudonyms:
    """``secret``: at least 16 random bytes of the library. ``patient``: what identifies the patient, never stored.

    Raises ``ValueError`` for a shorter secret.
    """

    secret: bytes = field(repr=False)
    patient: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_SECRET_BYTES:
            msg = f"the secret has fewer than {MIN_SECRET_BYTES} bytes"
            raise ValueError(msg)

    def uid(self, original: str) -> str:
        """The UID that replaces ``original``, of PS3.5 B.2's form; a UID that DICOM defines, or none, stays."""
        original = original.strip("\0 ")
        if not original or is_well_known(original):
            return original
        return f"2.25.{int.from_bytes(self._digest('uid', original)[:16], 'big')}"

    @property
    def patient_id(self) -> str:
        """``SL-`` and eight letters or digits (40 bits)."""
        letters = base64.b32encode(self._digest("patient", self.patient)).decode()
        return f"SL-{letters[:8]}"

    @property
    def shift_days(self) -> int:
        """Days by which all dates of the patient move into the past, 1 to ``MAX_SHIFT_DAYS``."""
        number = int.from_bytes(self._digest("days", self.patient)[:8], "big")
        return 1 + number % MAX_SHIFT_DAYS

    def shift_date(self, value: str) -> str:
        """A date (DA) as YYYYMMDD, moved by ``shift_days``; empty where it is no date."""
        found = _DATE.fullmatch(value.strip("\0 "))
        return self._shifted("".join(part for part in found.groups() if part)) if found else ""

    def shift_datetime(self, value: str) -> str:
        """A date-time (DT), moved by ``shift_days`` with its precision; empty where it is none.

        A year or a month alone is moved from its first day, so that its interval to other dates is kept to its own
        precision only.
        """
        found = _DATETIME.fullmatch(value.strip("\0 "))
        if found is None:
            return ""
        shifted = self._shifted(found["date"])
        return shifted and shifted + found["time"] + found["zone"]

    def _shifted(self, digits: str) -> str:
        """YYYY, YYYYMM or YYYYMMDD, moved; empty for days that no calendar has."""
        whole = digits + "0101"[len(digits) - 4 :]
        try:
            day = datetime.date(int(whole[:4]), int(whole[4:6]), int(whole[6:]))
            moved = day - datetime.timedelta(days=self.shift_days)
        except (ValueError, OverflowError):
            return ""
        return f"{moved.year:04}{moved.month:02}{moved.day:02}"[: len(digits)]

    def _digest(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self.secret, f"{purpose}\0{value}".encode(), hashlib.sha256)
