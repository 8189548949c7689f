"""Fetches series of a study into a private folder, under the limits of uploads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spine_core.pacs.errors import PacsError
from spine_core.pacs.private_folder import PrivateFolder
from spine_core.pacs.types import Archive, FoundSeries, Missing
from spine_core.progress import Progress, silent
from spine_core.study.limits import MAX_FILE_BYTES, MAX_FILES, MAX_READ_BYTES, OverLimit

GUESSED = 30
"""Instances of a series whose server does not say how many there are, for the progress bar only."""


@dataclass(frozen=True, eq=False)
class Retrieved:
    """The files of a study, which live as long as ``folder``. ``missing``: series that did not arrive whole."""

    folder: PrivateFolder
    files: tuple[Path, ...]
    missing: tuple[Missing, ...]


class _Receiver:
    """Writes each instance into a file of its own."""

    def __init__(self, folder: Path, expected: int, progress: Progress) -> None:
        self._folder, self._expected, self._progress = folder, max(expected, 1), progress
        self._bytes = self._of_instance = 0
        self.files: list[Path] = []

    def take(self, data: bytes) -> None:
        self._bytes += len(data)
        self._of_instance = 0
        if len(self.files) >= MAX_FILES or self._bytes > MAX_READ_BYTES or len(data) > MAX_FILE_BYTES:
            raise OverLimit("the server sends more than a study of the spine can have")
        path = self._folder / f"{len(self.files):06d}.dcm"
        path.write_bytes(data)
        self.files.append(path)
        self.arriving(0)

    def arriving(self, nbytes: int) -> None:
        self._of_instance += nbytes
        if self._of_instance > MAX_FILE_BYTES:
            raise OverLimit("the server sends an object that is larger than any of MR")
        done = min(len(self.files) / self._expected, 0.99)
        self._progress(done, f"{len(self.files)} images fetched")


def retrieve(
    archive: Archive, study_uid: str, series: Sequence[FoundSeries], progress: Progress = silent
) -> Retrieved:
    """Fetches ``series``. What did not arrive is in the result; the rest is there.

    Raises ``PacsError`` where nothing arrived, ``OverLimit``, and ``Cancelled`` where ``progress`` does; then nothing
    is left on the disk.
    """
    folder = PrivateFolder()
    try:
        expected = sum(GUESSED if one.instances is None else one.instances for one in series)
        receiver = _Receiver(folder.path, expected, progress)
        missing = tuple(filter(None, (_series(archive, study_uid, one, receiver) for one in series)))
        if not receiver.files:
            raise PacsError(missing[0].reason if missing else "the study has no images")
    except BaseException:
        folder.delete()
        raise
    progress(1.0)
    return Retrieved(folder, tuple(receiver.files), missing)


def _series(archive: Archive, study_uid: str, one: FoundSeries, receiver: _Receiver) -> Missing | None:
    before = len(receiver.files)
    try:
        reason = archive.retrieve(study_uid, one.uid, receiver)
    except PacsError as error:
        reason = str(error)
    arrived = len(receiver.files) - before
    if not reason and one.instances is not None and arrived < one.instances:
        reason = f"the server sent {arrived} of {one.instances} images"
    return Missing(one, arrived, reason) if reason else None
