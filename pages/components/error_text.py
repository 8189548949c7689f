"""Error messages on the screen."""

from __future__ import annotations


def as_sentence(error: Exception) -> str:
    """The message with a capital letter and one full stop; names such as "L4/L5" keep theirs."""
    text = str(error).strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
