"""Input files: of a folder, an archive, or bytes of an upload."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from spine_core.study.errors import StudyError
from spine_core.study.limits import MAX_FILES

DICOMDIR = "dicomdir"
JUNK = frozenset({"thumbs.db", "desktop.ini", DICOMDIR, "__macosx"})
"""Files that systems and CD writers add; DICOMDIR is an index of files that are read anyway."""
INDEX_ALONE = (
    "it is a DICOMDIR, the index of a disc, without its images; please open the whole folder or disc"
)


@dataclass(frozen=True)
class SourceFile:
    """One uploaded file. ``name``: for the screen only. ``data``: its bytes or its path."""

    name: str
    data: bytes | Path = field(repr=False)

    def open(self) -> BinaryIO:
        """A file to read from."""
        return BytesIO(self.data) if isinstance(self.data, bytes) else self.data.open("rb")

    @property
    def size(self) -> int:
        """Size in bytes; 0 where the file cannot be read."""
        if isinstance(self.data, bytes):
            return len(self.data)
        try:
            return self.data.stat().st_size
        except OSError:
            return 0


@dataclass(frozen=True)
class Entry:
    """One file of the upload, which may be inside an archive.

    ``read`` returns its bytes, unpacked where it is compressed, or raises ``Unreadable`` or ``OverLimit``.
    ``stored``: its bytes in the upload. ``held``: its bytes that are already in memory.
    """

    name: str
    read: Callable[[], bytes] = field(repr=False)
    stored: int = 0
    held: int = 0


def is_junk(name: str) -> bool:
    """True for files that are ignored: system files and everything below a hidden folder."""
    return any(
        part in JUNK or (part.startswith(".") and part not in {".", ".."}) for part in _parts(name.casefold())
    )


def is_index(name: str) -> bool:
    """True for a DICOMDIR in any folder."""
    return _parts(name.casefold())[-1] == DICOMDIR


def leads_outside(name: str) -> bool:
    """True for a path that would leave the folder into which an archive is unpacked."""
    path = PurePosixPath(name.replace("\\", "/"))
    first = path.parts[0] if path.parts else ""
    return path.is_absolute() or ".." in path.parts or first.endswith(":")


def printable(name: str) -> str:
    """A file name for the screen: without control characters, never empty."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return shown.strip() or "(no name)"


def _parts(name: str) -> list[str]:
    return name.replace("\\", "/").split("/")


def sources_from_path(path: str | Path) -> list[SourceFile]:
    """The files of a folder (with its subfolders, by name), or the one file that ``path`` names.

    Raises ``StudyError`` where it does not exist, is empty, or may not be read.
    """
    path = Path(path)
    try:
        if path.is_file():
            return [SourceFile(path.name, path)]
        if not path.is_dir():
            raise StudyError(str(path), "there is no such file or folder")
        return _files_below(path)
    except OSError as error:
        raise StudyError(str(path), f"it cannot be read ({error.strerror})") from None


def _files_below(folder: Path) -> list[SourceFile]:
    found: list[SourceFile] = []
    index = False

    def closed(error: OSError) -> None:
        """Lists a folder without read permission as a file, which is then refused, so that the rest still opens."""
        below = Path(error.filename)
        if below == folder:
            raise error
        found.append(SourceFile(str(below.relative_to(folder)), below))

    for below, folders, names in os.walk(folder, onerror=closed):
        folders.sort()
        for name in sorted(names):
            file = Path(below) / name
            shown = str(file.relative_to(folder))
            index = index or is_index(shown)
            if file.is_file() and not is_junk(shown):
                found.append(SourceFile(shown, file))
            if len(found) > MAX_FILES:
                raise StudyError(str(folder), f"the folder holds more than {MAX_FILES} files")
    if not found:
        raise StudyError(str(folder), INDEX_ALONE if index else "the folder holds no files")
    return found
