"""The append-only log of an audit: each entry holds the hash of the one before, in the database and in a file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

LONGEST_LINE = 1 << 20
"""Bytes; an entry is far shorter."""

BEGINNING = "0" * 64
"""Stands where the first entry has the hash of the one before."""


@dataclass(frozen=True)
class Entry:
    """``number``: from 0. ``previous``: hash of the entry before. ``content``: type, time, rater, and more."""

    number: int
    previous: str
    content: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Over number, previous hash and content."""
        return hashlib.sha256(self.line().encode()).hexdigest()

    def line(self) -> str:
        """The entry as one line of JSON, equal for equal entries."""
        values = {"number": self.number, "previous": self.previous, "content": dict(self.content)}
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def of(cls, line: str) -> Entry:
        """The entry of a line. Raises ``ValueError``."""
        values = json.loads(line)
        if not isinstance(values, dict) or set(values) != {"number", "previous", "content"}:
            msg = "the line is no entry of a log"
            raise ValueError(msg)
        return cls(**values)


def following(last: Entry | None, content: Mapping[str, Any]) -> Entry:
    """The entry that comes behind ``last``."""
    return Entry(0, BEGINNING, content) if last is None else Entry(last.number + 1, last.sha256, content)


def check(entries: Sequence[Entry], head: str) -> str:
    """What is wrong with a chain of entries whose last one should have the hash ``head``; empty where nothing is."""
    previous = BEGINNING
    for number, entry in enumerate(entries):
        if entry.number != number:
            return f"entry {number} is missing"
        if entry.previous != previous:
            return f"entry {number - 1 if number else 0} was changed, or one before it is missing"
        previous = entry.sha256
    return "" if previous == head else f"the last entries are missing or entry {len(entries) - 1} was changed"


def append_line(path: Path, entry: Entry) -> None:
    """Appends an entry to the file of an audit; it is on the disk when this returns.

    Half a line at the end, which a crash left, is no entry and gives way.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        file.truncate(_whole_lines(file))
        file.seek(0, os.SEEK_END)
        file.write(f"{entry.line()}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def last_number(path: Path) -> int:
    """Number of the last entry in a file; -1 where there is none. Raises ``ValueError`` for a line that is none."""
    if not path.exists():
        return -1
    with path.open("rb") as file:
        end = _whole_lines(file)
        start = max(0, end - LONGEST_LINE)
        file.seek(start)
        lines = file.read(end - start).splitlines()
    return Entry.of(lines[-1].decode()).number if lines else -1


def _whole_lines(file: BinaryIO) -> int:
    """Bytes of a file up to the end of its last whole line."""
    end = file.seek(0, os.SEEK_END)
    start = max(0, end - LONGEST_LINE)
    file.seek(start)
    tail = file.read(end - start)
    return start + tail.rfind(b"\n") + 1 if b"\n" in tail else start


def read_lines(path: Path) -> Iterable[Entry]:
    """The entries of a file, up to the first line that is none: a crash may leave half of one at the end."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                yield Entry.of(line)
            except ValueError:
                return
