"""Folders for retrieved files: only this account reads them, and they go with the session that fetched them."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

PREFIX = "spinelens-pacs-"


class PrivateFolder:
    """A folder of mode 0700 that is deleted with this object, by ``delete`` or, at the latest, with the process."""

    def __init__(self) -> None:
        # ``mkdtemp`` gives 0700 and a name that nobody can have taken.
        self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def delete(self) -> None:
        """Deletes it and all it holds."""
        self._finalizer()


def delete_left_behind() -> int:
    """Deletes the folders of processes that ended without doing so; returns how many. To be called at start-up."""
    found = list(_left_behind())
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return len(found)


def _left_behind() -> Iterator[Path]:
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = path.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdecimal() and not _runs(int(number)) and _own_folder(path):
            yield path


def _own_folder(path: Path) -> bool:
    """Whether it is a folder of this account; a link could lead anywhere."""
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
