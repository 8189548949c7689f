"""Text for a radiology information system: ASCII, lines of 80 characters."""

from __future__ import annotations

import re
import textwrap
import unicodedata

from spine_core.report.phrases import SPACE

WIDTH = 80

_TO_ASCII = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS",
        "–": "-", "—": "-", "‑": "-", "−": "-", "„": '"', "“": '"', "”": '"', "‚": "'", "‘": "'", "’": "'",
        "…": "...", "×": "x", "≥": ">=", "≤": "<=", "≠": "!=", "±": "+/-", "µ": "u", "²": "2", "³": "3",
        "°": " deg", "·": "-", "•": "-", "\N{NO-BREAK SPACE}": " ", "\t": " ",
    }
)  # fmt: skip


def ascii_text(text: str) -> str:
    """The text in ASCII: German umlauts as two letters, other accents dropped, anything else a question mark."""
    text = re.sub(r"([ÄÖÜ])(?=[A-ZÄÖÜ])|(?<=[A-ZÄÖÜ])([ÄÖÜ])", _capital, text)
    plain = unicodedata.normalize("NFKD", text.translate(_TO_ASCII))
    bare = "".join(one for one in plain if not unicodedata.combining(one))
    return "".join(one if one == "\n" or " " <= one <= "~" else "?" for one in bare)


def _capital(found: re.Match[str]) -> str:
    """An umlaut within a word in capitals."""
    return found[0].translate(_TO_ASCII).upper()


def wrap(text: str, indent: int = 0, first: str = "") -> str:
    """Lines of at most ``WIDTH`` characters, after their own line breaks; words longer than a line are broken.

    ``indent``: of all lines, in spaces. ``first``: begins the first line in the place of the indent's end.
    """
    lines = []
    for number, line in enumerate(text.split("\n")):
        start = first.rjust(indent) if number == 0 and first else " " * indent
        plain = SPACE.join(map(ascii_text, line.split(SPACE)))
        filled = textwrap.fill(plain, WIDTH, initial_indent=start, subsequent_indent=" " * indent)
        lines.append(filled.replace(SPACE, " ") or start.rstrip())
    return "\n".join(lines)
