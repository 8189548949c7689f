"""Which files of a folder or archive make up one study: by DICOM header, else by their place."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pydicom
from pydicom.errors import InvalidDicomError

from spine_core.progress import Progress, silent
from spine_core.study.archives.extraction import entries
from spine_core.study.dicom.parsing import PREAMBLE
from spine_core.study.dicom.suppress_warnings import suppressed_warnings
from spine_core.study.errors import StudyError, Unreadable
from spine_core.study.limits import OverLimit
from spine_core.study.sources import Entry, SourceFile, is_junk
from spine_core.study.unsupported_formats import ZIP_MAGIC

IDENTIFIERS = ("PatientID", "PatientName", "StudyInstanceUID")
HEAD_BYTES = 1 << 16
"""Of a file on disk, enough for the identifiers of a study."""


@dataclass(frozen=True)
class FoundStudy:
    """Files that belong together. ``name``: path of the first one, for the screen only."""

    name: str
    files: tuple[SourceFile, ...] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 by which an interrupted import knows what it has done: names, sizes, and times or contents."""
        digest = hashlib.sha256()
        for file in sorted(self.files, key=lambda one: one.name):
            content = (
                hashlib.sha256(file.data).hexdigest()
                if isinstance(file.data, bytes)
                else file.data.stat().st_mtime_ns
            )
            digest.update(repr((file.name, file.size, content)).encode())
        return digest.hexdigest()


def files_below(folder: Path) -> Iterator[SourceFile]:
    """The files of a folder and its subfolders, in order; without limit, since none is read yet."""
    for below, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(below) / name
            shown = path.relative_to(folder).as_posix()
            if path.is_file() and not is_junk(shown):
                yield SourceFile(shown, path)


def found_studies(sources: Iterable[SourceFile], progress: Progress = silent) -> list[FoundStudy]:
    """The studies among ``sources``, in the order of their first file; a ZIP is one that ``unpacked`` takes apart.

    DICOM files are grouped by patient and study, whatever folder they lie in. Other images form one study per folder;
    those that lie in the uppermost folder each form one of their own, the halves of a NIfTI pair together.
    """
    groups: dict[object, list[SourceFile]] = {}
    with suppressed_warnings:
        for count, file in enumerate(sources, start=1):
            progress(0.0, f"looking at file {count}")
            groups.setdefault(_group(file), []).append(file)
    return [FoundStudy(files[0].name, tuple(files)) for files in groups.values()]


def unpacked(found: FoundStudy) -> list[FoundStudy]:
    """The studies in a ZIP, in memory; ``found`` itself where it is none, or cannot be opened."""
    (file, *others) = found.files
    if others or _head(file)[:4] not in ZIP_MAGIC:
        return [found]
    members = [one for one in entries([file]) if isinstance(one, Entry)]
    inside = [SourceFile(f"{file.name}/{_inner(file, one.name)}", _bytes(one)) for one in members]
    return found_studies(inside) or [found]


def _inner(source: SourceFile, name: str) -> str:
    # The reader names members "archive / member".
    return name.removeprefix(source.name).lstrip(" /")


def _bytes(entry: Entry) -> bytes:
    try:
        return entry.read()
    except (Unreadable, OverLimit):
        # An empty file is refused when the study is opened.
        return b""


def _head(source: SourceFile) -> bytes:
    try:
        with source.open() as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _group(file: SourceFile) -> object:
    """Equal for the files of one study."""
    head = _head(file)
    if head[:4] in ZIP_MAGIC:
        return file.name
    identifiers = _identifiers(head) if head[PREAMBLE : PREAMBLE + 4] == b"DICM" else None
    if identifiers is not None:
        return identifiers
    path = PurePosixPath(file.name)
    return path.parent if len(path.parts) > 1 else path.with_suffix("") if _half(path) else path


def _half(path: PurePosixPath) -> bool:
    return path.suffix.lower() in (".hdr", ".img")


def _identifiers(head: bytes) -> tuple[str, ...] | None:
    try:
        dataset = pydicom.dcmread(
            io.BytesIO(head), stop_before_pixels=True, specific_tags=list(IDENTIFIERS), force=True
        )
        return tuple(str(dataset.get(name, "")) for name in IDENTIFIERS)
    except (InvalidDicomError, EOFError, OSError, ValueError, KeyError, AttributeError, NotImplementedError):
        return None


def sources_of_import(path: Path) -> Sequence[SourceFile]:
    """The files that ``path`` names: of a folder, or the one file. Raises ``StudyError`` where there are none."""
    if path.is_file():
        return [SourceFile(path.name, path)]
    found = list(files_below(path)) if path.is_dir() else []
    if not found:
        raise StudyError(str(path), "there are no files")
    return found
