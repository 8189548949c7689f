"""Character sets of a DICOM header (PS3.3 C.12.1.1.2): the stated one, and the one in which the text is encoded.

pydicom warns about undefined terms and decodes with its default, or with any Python codec of that name, including
"undefined" and "utf-16". This module replaces undefined terms before pydicom decodes anything.
"""

from __future__ import annotations

import codecs
import re

from pydicom.charset import ESC, convert_encodings, python_encoding
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from spine_core.study.dicom.header_values import text
from spine_core.study.types import Note, Severity

TAG = 0x00080005
TEXT_VRS = frozenset({"PN", "LO", "SH", "LT", "ST", "UT", "UC"})
"""Value representations that Specific Character Set applies to (PS3.5 6.1.2.3)."""
TEXT_TAGS = frozenset({0x00100010, 0x00100020, 0x0008103E, 0x00081030, 0x00181030})
"""Text elements that are read here, for files without value representations: names, numbers and descriptions."""

_SINGLE_BYTE = frozenset({"iso8859", "latin_1"})
"""Python's names of the default repertoire and of ISO_IR 100, which decode any bytes."""
_EXTENSIONS = tuple(
    dict.fromkeys(codec for term, codec in python_encoding.items() if term.startswith("ISO 2022"))
)
_CODECS = re.compile(r"utf-8|cp125\d|cp874|koi8-[rtu]|big5\w*|iso8859-\d+|euc_\w+|shift_jis\w*|gb\w+|ascii")
"""Python codecs that files name although DICOM does not define them; all contain ASCII."""
_NUL = re.compile(
    rb"\x08\x00\x05\x00(?:CS(?P<short>..)|(?P<long>..\x00\x00))|\x00\x08\x00\x05CS(?P<big>..)", re.DOTALL
)
_NEAR = 512
"""Bytes in which the element is searched: it is the first or second of a data set."""


def without_nul(body: bytes) -> bytes:
    """The data set with zero bytes in its character set replaced by spaces, since pydicom cannot look them up."""
    found = _NUL.search(body, 0, _NEAR)
    if found is None:
        return body
    length = found["big"][::-1] if found["big"] else found["short"] or found["long"]
    start = found.end()
    end = start + int.from_bytes(length, "little")
    if b"\0" not in body[start:end].rstrip(b"\0 "):
        return body
    return body[:start] + body[start:end].replace(b"\0", b" ") + body[end:]


def set_encodings(dataset: Dataset) -> tuple[Note, ...]:
    """Sets encodings that fit the text of ``dataset``; returns a note where they differ from the stated ones."""
    stated = [term.strip() for term in text(dataset, "SpecificCharacterSet").split("\\")]
    values = _raw_texts(dataset)
    defined = all(term in python_encoding for term in stated)
    encodings = convert_encodings(stated) if defined else _corrected(stated, values)
    fitting = _fitting(encodings, values)
    implicit, little = dataset.original_encoding
    dataset.set_original_encoding(implicit, little, fitting)
    if defined and fitting == encodings:
        return ()
    fault = "does not fit its text" if defined else "is not defined by the standard"
    words = f"The character set in the header {fault}; text is read as {_name(fitting[0])}."
    return (Note(Severity.INFO, words),)


def _corrected(stated: list[str], values: list[bytes]) -> list[str]:
    """Encodings for terms that are partly misspelt or unknown."""
    known = [codec for codec in map(_codec, stated) if codec]
    first = _codec(stated[0]) or _guess(values)
    return list(dict.fromkeys([first, *known, *(_EXTENSIONS if len(stated) > 1 else ())]))


def _codec(term: str) -> str:
    """Python's codec for a term, also for other spellings; empty where there is none."""
    if term in python_encoding:
        return python_encoding[term]
    plain = re.sub(r"[^A-Z0-9]", "", term.upper())
    spelt = {re.sub(r"[^A-Z0-9]", "", name): codec for name, codec in python_encoding.items()}
    if plain in spelt:
        return spelt[plain]
    try:
        name = codecs.lookup(term).name
    except (LookupError, ValueError):
        return ""
    return name if _CODECS.fullmatch(name) else ""


def _raw_texts(dataset: Dataset) -> list[bytes]:
    """Text values as bytes."""
    raw = (element for element in dataset.elements() if isinstance(element, RawDataElement))
    return [
        element.value
        for element in raw
        if isinstance(element.value, bytes) and (element.VR in TEXT_VRS or element.tag in TEXT_TAGS)
    ]


def _fitting(encodings: list[str], values: list[bytes]) -> list[str]:
    """``encodings``, with the first one replaced where it contradicts the text."""
    if any(ESC in value for value in values):
        # escape sequences name their own encodings, whether or not the header announces them
        return encodings if len(encodings) > 1 else [*encodings, *_EXTENSIONS]
    first = encodings[0]
    if _decodes(values, first) and not (first in _SINGLE_BYTE and _is_utf8(values)):
        return encodings
    return [_guess(values), *encodings[1:]]


def _guess(values: list[bytes]) -> str:
    return "UTF8" if _is_utf8(values) else "latin_1"


def _is_utf8(values: list[bytes]) -> bool:
    """True for non-ASCII text that is valid UTF-8; text in another encoding hardly ever is."""
    return any(not value.isascii() for value in values) and _decodes(values, "UTF8")


def _decodes(values: list[bytes], codec: str) -> bool:
    try:
        for value in values:
            value.decode(codec)
    except UnicodeError:
        return False
    return True


def _name(codec: str) -> str:
    names = {
        "UTF8": "UTF-8",
        "utf-8": "UTF-8",
        "latin_1": "Latin-1",
        "iso8859": "Latin-1",
        "iso8859-1": "Latin-1",
    }
    return names.get(codec, codec)
