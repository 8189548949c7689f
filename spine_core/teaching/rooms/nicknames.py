"""Nicknames of guests: short text that cannot disturb a page or pass for another nickname."""

from __future__ import annotations

import unicodedata

from spine_core.library.errors import LibraryError

LONGEST = 24
LONGEST_KEY = 100


def checked_nickname(text: str) -> str:
    """The nickname in composed characters, with single spaces.

    Raises ``LibraryError`` unless it has 1 to 24 printable characters: none that is invisible or turns the direction.
    """
    nickname = " ".join(unicodedata.normalize("NFC", text).split())
    key = nickname_key(nickname)
    # Marks that are piled up would cover what stands around the name.
    piled = sum(1 for one in nickname if unicodedata.combining(one)) > len(key)
    # isprintable refuses control and format characters, among them those that turn the direction of writing.
    if not 0 < len(nickname) <= LONGEST or not nickname.isprintable() or not key or piled:
        msg = f"a nickname has 1 to {LONGEST} letters, digits or signs"
        raise LibraryError(msg)
    return nickname


def nickname_key(nickname: str) -> str:
    """Equal for nicknames that look alike: capitals, widths and accents aside. Empty where nothing remains."""
    parts = unicodedata.normalize("NFKD", nickname.casefold())
    key = "".join(one for one in parts if not unicodedata.combining(one) and not one.isspace())
    return key if len(key) <= LONGEST_KEY else ""
