"""Values of single elements: whether one is valid for its value representation, and dummies that are (PS3.5 6.2)."""

from __future__ import annotations

import math
import re
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

DUMMY = "ANONYMIZED"

_CODE_STRING = re.compile(r"[\w .+*/-]{0,32}", re.ASCII)
_TIME = re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?|\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?")
_CODE = re.compile(r"[\w.{}\[\]/%*^'()+-]{1,16}", re.ASCII)
_TECHNICAL = re.compile(r"[^\x00-\x1f\x7f]{0,64}")

TEXT_VRS = frozenset({"PN", "LO", "SH", "LT", "ST", "UT", "UC", "UR", "AE", "AS"})
BULK_VRS = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN"})
INTEGER_VRS = frozenset({"US", "SS", "UL", "SL", "UV", "SV"})
FLOAT_VRS = frozenset({"FL", "FD"})


def parts(value: Any) -> list[Any]:
    """The values of an element; empty where it has none."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) or hasattr(value, "append") else [value]


def as_numbers(value: Any, vr: str) -> list[Any] | None:
    """The values as numbers of ``vr``, unchanged where they are; None where any is not one."""
    found = parts(value)
    convert = int if vr in INTEGER_VRS or vr == "IS" else float
    try:
        if not all(math.isfinite(float(part)) for part in found if part != "" and vr in {"IS", "DS"}):
            return None
        return [part if vr in {"IS", "DS"} else convert(part) for part in found]
    except (TypeError, ValueError, OverflowError):
        return None


def as_codes(value: Any) -> list[str]:
    """Code strings; a part that is none becomes OTHER, so that the others keep their places."""
    found = (str(part).strip() for part in parts(value))
    return [part if _CODE_STRING.fullmatch(part) else "OTHER" for part in found]


def as_text(value: Any) -> list[str]:
    """Lines of text without control characters; others are dropped."""
    return [text for part in parts(value) if _TECHNICAL.fullmatch(text := str(part).strip())]


def is_time(value: Any) -> bool:
    """True for a time of day (TM)."""
    return bool(_TIME.fullmatch(str(value).strip()))


def is_code(value: Any) -> bool:
    """True for a Code Value of a published coding scheme."""
    return bool(_CODE.fullmatch(str(value).strip()))


def dummy(vr: str) -> Any:
    """A value that is valid for ``vr`` and not empty."""
    if vr == "SQ":
        return Sequence([Dataset()])
    if vr in BULK_VRS:
        return b"\0\0"
    fixed = {"DA": "19000101", "DT": "19000101", "TM": "000000", "AS": "000Y", "UR": "urn:anonymized"}
    if vr in INTEGER_VRS or vr in FLOAT_VRS or vr in {"IS", "DS", "AT"}:
        return 0
    return fixed.get(vr, DUMMY)
