"""Words of teachers, which may come from a file of anybody: shown as they are, never as Markdown."""

from __future__ import annotations

import re

_MEANT = re.compile(r"([\\`*_{}\[\]()#+\-.!|:<>~$&])")


def plain(words: str) -> str:
    """The words with every sign escaped that Markdown takes for more than itself, such as that of an image."""
    return _MEANT.sub(r"\\\1", words).replace("\n", "  \n")
