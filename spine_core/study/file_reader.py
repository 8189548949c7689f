"""Reads the files of an upload into slices. The format is recognised by content, not by file name."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from spine_core.progress import Progress
from spine_core.study.dicom.parsing import PREAMBLE, looks_like_dicom
from spine_core.study.dicom.slices import read_dicom
from spine_core.study.errors import NotAnImage, Unreadable
from spine_core.study.found_object import FoundObject
from spine_core.study.frame import Frame
from spine_core.study.limits import MAX_FILE_BYTES, MAX_PIXEL_BYTES, MIB, Budget, OverLimit
from spine_core.study.nifti.header import begins_like_a_header, is_header_half, is_single_file
from spine_core.study.nifti.pairs import Pair, may_be_image_half, pairs, read_pair
from spine_core.study.nifti.volume import read_nifti
from spine_core.study.raster import is_raster_image, read_raster_image
from spine_core.study.sources import Entry
from spine_core.study.types import Problem
from spine_core.study.unsupported_formats import described, is_text

logger = logging.getLogger(__name__)

DIRECTORY = b"1.2.840.10008.1.3.10"
"""SOP class of a DICOMDIR (Media Storage Directory)."""
BATCH = 16
BATCH_BYTES = 128 * MIB
"""Files and bytes read between two progress reports; the bytes are released before the next batch."""


@dataclass(frozen=True, eq=False)
class _Read:
    """Result of reading one file."""

    frames: tuple[Frame, ...] = ()
    dicom: bool = False
    reason: str = ""
    left_out: bool = False
    found: FoundObject | None = None
    index: bool = False
    header_half: bool = False
    image_half: bool = False


@dataclass
class FilesRead:
    """Results of all files read so far.

    ``frames``: of DICOM files. ``others``: the frames of each other file. ``left_out``: number of objects that are no
    images, of which ``indexes`` are DICOMDIRs and the others ``objects``. ``headers``, ``images``: halves of NIfTI
    pairs.
    """

    frames: list[Frame] = field(default_factory=list)
    others: list[tuple[Frame, ...]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    indexes: int = 0
    objects: list[FoundObject] = field(default_factory=list)
    headers: list[Entry] = field(default_factory=list)
    images: list[Entry] = field(default_factory=list)

    def add(self, name: str, read: _Read) -> None:
        """Adds the result of one file."""
        self.left_out += read.left_out
        self.indexes += read.index
        if read.found is not None:
            self.objects.append(read.found)
        if read.reason:
            self.problems.append(Problem(name, read.reason))
        elif read.dicom:
            self.frames += read.frames
        elif read.frames:
            self.others.append(read.frames)


def read_files(entries: Iterable[Entry | Problem], size: int, progress: Progress) -> FilesRead:
    """Reads all files that can be read. ``size``: bytes of the upload, for ``progress``."""
    budget = Budget(MAX_PIXEL_BYTES, f"the study holds more than {MAX_PIXEL_BYTES // MIB} MB of pixels")
    waiting = Budget(MAX_FILE_BYTES, "the upload holds more NIfTI pairs than can be opened at once")
    found = FilesRead()
    done = count = 0
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for batch in _batches(entries, found.problems):
            progress(0.95 * min(1.0, done / max(size, 1)), f"reading file {count + 1}")
            for entry, read in zip(batch, pool.map(lambda entry: _read(entry, budget), batch), strict=True):
                if read.header_half or read.image_half:
                    read = _wait(entry, read, found, waiting)
                found.add(entry.name, read)
            done += sum(entry.stored for entry in batch)
            count += len(batch)
        for pair in pairs(found.headers, found.images):
            found.add(pair.name, _read_pair(pair, budget))
    return found


def _batches(entries: Iterable[Entry | Problem], problems: list[Problem]) -> Iterator[list[Entry]]:
    """Batches of files; problems are appended to ``problems``."""
    batch: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Problem):
            problems.append(entry)
            continue
        batch.append(entry)
        if len(batch) == BATCH or sum(entry.held for entry in batch) > BATCH_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def _wait(entry: Entry, read: _Read, found: FilesRead, waiting: Budget) -> _Read:
    """Stores one half of a NIfTI pair until all files have been read."""
    try:
        waiting.take(entry.held)
    except OverLimit as error:
        return _Read(reason=str(error))
    (found.headers if read.header_half else found.images).append(entry)
    return _Read()


def _read(entry: Entry, budget: Budget) -> _Read:
    return _attempt(lambda: _read_bytes(entry.name, entry.read(), budget))


def _read_pair(pair: Pair, budget: Budget) -> _Read:
    if pair.missing:
        return _Read(reason=pair.missing)
    return _attempt(lambda: _Read(tuple(read_pair(pair, budget))))


def _attempt(read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except NotAnImage as error:
        return _Read(left_out=True, found=error.found)
    except (Unreadable, OverLimit) as error:
        return _Read(reason=str(error))
    except MemoryError:
        return _Read(reason="it needs more memory than there is")
    except Exception as error:  # one damaged file must not prevent reading the others
        logger.warning("a file could not be read: %s", type(error).__name__)
        return _Read(reason="it is damaged and cannot be read")


def _read_bytes(name: str, data: bytes, budget: Budget) -> _Read:
    if not data:
        msg = "it is empty"
        raise Unreadable(msg)
    if data[PREAMBLE : PREAMBLE + 4] == b"DICM":
        if DIRECTORY in data[: 4 * PREAMBLE]:
            return _Read(left_out=True, index=True)
        return _Read(tuple(read_dicom(name, data, budget)), dicom=True)
    if is_raster_image(data):
        return _Read(tuple(read_raster_image(name, data, budget)))
    if is_single_file(data):
        return _Read(tuple(read_nifti(name, data, budget)))
    if is_header_half(data):
        return _Read(header_half=True)
    if begins_like_a_header(data):
        msg = "its NIfTI or Analyze header is damaged"
        raise Unreadable(msg)
    if reason := described(data):
        raise Unreadable(reason)
    if looks_like_dicom(data):
        return _Read(tuple(read_dicom(name, data, budget)), dicom=True)
    if is_text(data):
        msg = "it is a text file; only images are read"
        raise Unreadable(msg)
    if may_be_image_half(name):
        return _Read(image_half=True)
    msg = "it is not a DICOM, NIfTI, PNG or JPEG file"
    raise Unreadable(msg)
