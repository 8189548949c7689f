"""The files of a package, from a folder or an archive, checked against the manifest's hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spine_core.networks.packages.errors import PackageError
from spine_core.networks.packages.manifest import MANIFEST, Manifest, parse_manifest
from spine_core.study.archives.compressed import too_large
from spine_core.study.archives.zip_archive import zip_entries
from spine_core.study.errors import StudyError, Unreadable
from spine_core.study.limits import MAX_FILE_BYTES, MIB, Budget, OverLimit
from spine_core.study.sources import Entry, SourceFile, sources_from_path
from spine_core.study.types import Problem
from spine_core.study.unsupported_formats import ZIP_MAGIC

PICKLED = (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle")
"""Endings of files that torch writes with pickle, which runs code when it is read."""

KNOWN = (".json", ".safetensors", ".onnx", ".md", ".txt")
"""Endings of what a package may hold; texts are kept but not read."""

MAX_PACKAGE_BYTES = 1024 * MIB
"""A whole package once unpacked."""

MAX_PACKAGE_FILES = 20
"""A package has four files or five."""


@dataclass(frozen=True, eq=False)
class Contents:
    """A package's manifest, and the bytes of its files by name. All hashes of the manifest are right."""

    manifest: Manifest
    files: Mapping[str, bytes]

    @property
    def sha256(self) -> str:
        """Identifies the package: over the manifest's values, which hold the hashes of weights and sample."""
        return hashlib.sha256(json.dumps(self.manifest.values, sort_keys=True).encode()).hexdigest()


def contents_of(source: Path | list[SourceFile]) -> Contents:
    """The package in a folder, in a ZIP archive, or in uploaded files. Raises ``PackageError``."""
    try:
        sources = source if isinstance(source, list) else sources_from_path(source)
    except StudyError as error:
        raise PackageError(error.file, error.reason) from None
    budget = Budget(
        MAX_PACKAGE_BYTES, f"the package is larger than {MAX_PACKAGE_BYTES // MIB} MB once unpacked"
    )
    files: dict[str, bytes] = {}
    for one in sources:
        try:
            for found in _entries(one, budget):
                if isinstance(found, Problem):
                    raise PackageError(_base(found.file), found.reason)
                name = _base(found.name)
                _check_name(name, files)
                files[name] = found.read()
        except (Unreadable, OverLimit) as error:
            raise PackageError(_base(one.name), str(error)) from None
    if MANIFEST not in files:
        raise PackageError(MANIFEST, "the package has no such file")
    manifest = parse_manifest(files[MANIFEST])
    _check_hashes(manifest, files)
    return Contents(manifest, files)


def _entries(source: SourceFile, budget: Budget) -> Iterator[Entry | Problem]:
    """The files of a ZIP, or the one file."""
    with source.open() as file:
        head = file.read(4)
    if head in ZIP_MAGIC and source.name.lower().endswith(".zip"):
        yield from zip_entries(source, budget, lambda data: data)
    else:
        yield Entry(source.name, partial(_whole, source, budget))


def _whole(source: SourceFile, budget: Budget) -> bytes:
    if source.size > MAX_FILE_BYTES:
        raise OverLimit(too_large())
    budget.take(source.size)
    with source.open() as file:
        return file.read()


def _base(name: str) -> str:
    """The name without folders: a package is flat, whatever folder it was zipped with, and no path is ever used."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].strip()


def _check_name(name: str, files: Mapping[str, bytes]) -> None:
    lower = name.lower()
    if lower.endswith(PICKLED):
        reason = (
            "files that torch saves with pickle can run code when they are read, so they are refused; "
            f"convert it with: spinelens convert {name} weights.safetensors"
        )
        raise PackageError(name, reason)
    if not lower.endswith(KNOWN):
        raise PackageError(name, f"a package holds {', '.join(KNOWN)} files only")
    if name in files:
        raise PackageError(name, "the package holds two files of this name")
    if len(files) >= MAX_PACKAGE_FILES:
        raise PackageError(name, f"a package holds {MAX_PACKAGE_FILES} files at most")


def _check_hashes(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    for name in (manifest.weights, manifest.sample):
        if name not in files:
            raise PackageError(name, "the manifest names this file, and the package lacks it")
        if name not in manifest.files:
            raise PackageError(MANIFEST, f"files has no hash of {name}")
    for name, expected in manifest.files.items():
        if name not in files:
            raise PackageError(name, "the manifest has its hash, and the package lacks it")
        found = hashlib.sha256(files[name]).hexdigest()
        if found != expected:
            raise PackageError(name, f"its SHA-256 is {found[:12]}…, the manifest says {expected[:12]}…")
