"""Files stored once by the hash of their bytes, in the data folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spine_core.library.errors import LibraryError


@dataclass(frozen=True)
class ContentStore:
    """``folder``: holds one file per content, named by its SHA-256, in folders of its first two letters."""

    folder: Path

    def put(self, data: bytes) -> str:
        """Stores ``data`` unless it is there, and returns its SHA-256. A crash leaves all of it or nothing."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).rename(path)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes with that hash. Raises ``LibraryError`` where they are missing or were changed."""
        try:
            data = self.path(sha256).read_bytes()
        except OSError:
            msg = "a file of this case is missing from the data folder"
            raise LibraryError(msg) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            msg = "a file of this case was changed in the data folder"
            raise LibraryError(msg)
        return data

    def holds(self, sha256: str) -> bool:
        """Whether there is a file of that hash."""
        return self.path(sha256).is_file()

    def remove(self, sha256: str) -> None:
        """Removes the file of that hash; nothing happens where there is none."""
        self.path(sha256).unlink(missing_ok=True)

    def hashes(self) -> Iterator[str]:
        """The hashes of all files."""
        return (path.name for path in self.folder.glob("??/*") if not path.name.startswith("."))

    def path(self, sha256: str) -> Path:
        """Where the file of that hash is, or would be."""
        return self.folder / sha256[:2] / sha256
