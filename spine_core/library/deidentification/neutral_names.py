"""Names without a word of the original: numbers that keep what the reader takes from names, which is little."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from spine_core.study.sources import Entry
from spine_core.study.types import Problem

_HALF = re.compile(r"\.(hdr|img)(?:\.gz)?$", re.IGNORECASE)


def renamed(entries: Iterable[Entry | Problem]) -> Iterator[Entry | Problem]:
    """The entries as ``folder/number``, halves of NIfTI pairs with one number and their ending.

    Folders are kept apart by number, since the reader tells repeated slices apart by folder.
    """
    folders: dict[str, int] = {}
    stems: dict[tuple[str, int], int] = {}
    seen: Counter[str] = Counter()
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, Problem):
            yield entry
            continue
        name = entry.name.replace("\\", "/")
        folder = folders.setdefault(name.rpartition("/")[0], len(folders) + 1)
        half = _HALF.search(name)
        if half is None:
            yield replace(entry, name=f"{folder}/{number}")
            continue
        seen[name.casefold()] += 1
        stem = _HALF.sub("", name).casefold(), seen[name.casefold()]
        yield replace(entry, name=f"{folder}/{stems.setdefault(stem, number)}.{half[1].lower()}")


def folder_of(name: str) -> str:
    """The number of the folder in a name of ``renamed``."""
    return name.partition("/")[0]


def header_of(name: str) -> str:
    """The name of the header that belongs to an image half, else empty."""
    return f"{name.removesuffix('.img')}.hdr" if name.endswith(".img") else ""
