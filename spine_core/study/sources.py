"""What the user hands over: files of a folder, a ZIP, or bytes from an upload."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from spine_core.study.errors import StudyError
from spine_core.study.limits import MAX_FILES

JUNK = frozenset({"thumbs.db", "desktop.ini", "dicomdir", "__macosx"})
"""Files that systems and CD writers add; DICOMDIR is an index of files that are read anyway."""


@dataclass(frozen=True)
class SourceFile:
    """One uploaded file. ``name`` is for the screen only; ``data`` is its bytes or where they lie."""

    name: str
    data: bytes | Path = field(repr=False)


def is_junk(name: str) -> bool:
    """True for files that no user meant to open: system files and everything below a hidden folder."""
    parts = name.replace("\\", "/").casefold().split("/")
    return any(part in JUNK or (part.startswith(".") and part not in {".", ".."}) for part in parts)


def sources_from_path(path: str | Path) -> list[SourceFile]:
    """The files of a folder (with its subfolders, by name), or the one file that ``path`` names.

    Raises ``StudyError`` where nothing is there.
    """
    path = Path(path)
    if path.is_file():
        return [SourceFile(path.name, path)]
    if not path.is_dir():
        raise StudyError(str(path), "there is no such file or folder")
    found: list[SourceFile] = []
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            shown = str(file.relative_to(path))
            if file.is_file() and not is_junk(shown):
                found.append(SourceFile(shown, file))
            if len(found) > MAX_FILES:
                raise StudyError(str(path), f"the folder holds more than {MAX_FILES} files")
    if not found:
        raise StudyError(str(path), "the folder holds no files")
    return found
