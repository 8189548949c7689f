"""Clean Descriptors (PS3.15 E.3.5): series, protocol and study descriptions reduced to technical words.

Operators type names, numbers and complaints into these fields. Only words of fixed lists stay: those that
``spine_core.study`` reads (weighting, body part, contrast, what may be graded), names of sequences, and measures such
as "3mm". Wherever a rule there accepts any word with some beginning, the word is replaced by one of ``STEMS``.
"""

from __future__ import annotations

import re

from spine_core.library.deidentification.vocabulary import STEMS, WORDS
from spine_core.study.dicom.body_part import words

_FORM = re.compile(
    r"[1-9]|[23]d|\d{1,2}t|\d{1,3}(?:mm|cm|ms|hz|deg|sl|ch)|\d{2,4}x\d{2,4}|b[1-9]\d{0,3}|t[er]\d{1,5}|ti\d{1,4}|[pr][2-4]|"
    r"l[1-5]l?[1-5]?|l5s1|s1|[ct]\d{1,2}|th\d{1,2}|3pl|ep2d|1st"
)
"""Numbers with a technical meaning: measures, echo times, b values, vertebral levels. Any other number is dropped."""
_B_VALUE = re.compile(r"[1-9]\d{1,3}")
_LUMBAR_SCRIPTS = re.compile("поясн|οσφυ|腰|요추")
"""The lumbar spine in the other scripts that ``body_part`` reads."""
_TOKENS = re.compile(r"([\W_]*)([^\W_]+|$)")
_SEPARATORS = re.compile(r"[^ _+*/.:()-]+")
_OPEN_END = re.compile(r"_(?:w|f|ff|pdff)\s*$", re.IGNORECASE)
"""Suffixes of Dixon images, which mean something at the end of a name only."""
_NO_AGENT = frozenset({"", "NO", "NONE", "N", "NIL", "0", "WITHOUT"})
AGENT = "CONTRAST AGENT"
"""What stays of a contrast agent whose name is not known here."""


def clean_description(text: str) -> str:
    """The known words of ``text``, in order, with their separators; idempotent."""
    cleaned, last, dropped = "", "", False
    for separator, token in _TOKENS.findall(text):
        known = _known(token, last)
        if token and not known:
            cleaned += "" if dropped else _mark(separator, cleaned)
            dropped = True
            continue
        cleaned += _separator(separator, cleaned, known) + known
        last, dropped = words(known) or last, dropped and not known
    return f"{cleaned} other" if dropped and _OPEN_END.search(cleaned) else cleaned.rstrip(" _-/.:(")


def clean_agent(text: str) -> str:
    """Contrast/Bolus Agent: a value that means none stays, a known name stays, any other becomes ``AGENT``."""
    plain = " ".join(text.split())
    if plain.upper() in _NO_AGENT:
        return plain
    cleaned = clean_description(plain)
    return AGENT if cleaned.upper() in _NO_AGENT else cleaned


def _known(token: str, last: str) -> str:
    """What replaces one word: itself, a more general word, or nothing. ``last``: the word that was kept before it."""
    word = words(token)
    if word in WORDS or _FORM.fullmatch(word) or (last == "b" and _B_VALUE.fullmatch(word)):
        return token if token.isascii() else word
    if _LUMBAR_SCRIPTS.search(word) or word.endswith("lumbar"):
        return "lumbar"
    return next((general for stem, general in STEMS.items() if word.startswith(stem)), "")


def _mark(separator: str, before: str) -> str:
    """The sign of "C+" or "T2*" in front of a word that is dropped."""
    mark = re.match(r" ?[+*]", separator)
    return mark.group(0) if mark and before else ""


def _separator(separator: str, before: str, word: str) -> str:
    """The characters between two words that rules read or that are common in names of series."""
    plain = _SEPARATORS.sub(" ", separator)
    if not before:
        return plain.lstrip(" _-/.:)*")
    return plain[:3] or (" " if word else "")
