"""Codes of rooms: short enough to be typed from a projector."""

from __future__ import annotations

import secrets

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without letters and digits that look alike: no 0 and O, no 1, I and L."""

LENGTH = 6


def new_code() -> str:
    """Six characters of ``ALPHABET``, one of 887 million."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def written_code(text: str) -> str:
    """A code as it was typed, in capitals and without spaces and hyphens; may be no code at all."""
    return "".join(one for one in text.upper() if not one.isspace() and one != "-")[: LENGTH + 1]
