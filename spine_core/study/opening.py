"""Opens an upload: files to a ``Study``, with a sentence for everything that could not be read."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from spine_core.progress import Progress, silent
from spine_core.study.archive import ZIP_MAGIC, Entry, entries, gunzip, is_other_archive
from spine_core.study.build import build
from spine_core.study.dicom import read_dicom
from spine_core.study.dicom_file import PREAMBLE, looks_like_dicom
from spine_core.study.errors import NotAnImage, StudyError, Unreadable
from spine_core.study.frame import Frame
from spine_core.study.limits import MAX_PIXEL_BYTES, MIB, Budget, OverLimit
from spine_core.study.model import Note, Problem, Series, Severity, Study, Weighting
from spine_core.study.nifti import is_nifti, read_nifti
from spine_core.study.patients import choose
from spine_core.study.picture import is_picture, read_picture
from spine_core.study.quiet import quiet
from spine_core.study.sources import SourceFile, is_junk
from spine_core.study.stacks import Stack, stacks

logger = logging.getLogger(__name__)

GZIP_MAGIC = b"\x1f\x8b"
BATCH = 16
"""Files read between two looks at progress; their bytes are dropped before the next batch."""


@dataclass(frozen=True, eq=False)
class _Read:
    """What came out of one file."""

    frames: tuple[Frame, ...] = ()
    dicom: bool = False
    reason: str = ""
    left_out: bool = False


def open_study(
    sources: Sequence[SourceFile],
    *,
    patient: str | None = None,
    weighting: Weighting | None = None,
    spacing: float | None = None,
    progress: Progress = silent,
) -> Study:
    """Reads DICOM, ZIP, NIfTI, PNG and JPEG files into one study.

    ``patient``: ``Patient.key`` where an upload holds several. ``weighting`` and ``spacing`` (mm per pixel) are
    what the user states for pictures and silent headers.
    Files that cannot be read become ``Study.problems`` and the rest still opens. Raises ``StudyError`` when nothing
    could be opened, ``SeveralPatients`` when there are two and ``patient`` is not one of them.
    """
    with quiet, ExitStack() as stack:
        found, problems = entries([source for source in sources if not is_junk(source.name)], stack)
        frames, others, left_out = _read_all(found, problems, progress)
    for number, problem in enumerate(problems, start=1):
        logger.warning("problem %d of an upload: %s", number, problem.reason)
    if not frames and not others:
        raise _nothing(sources, problems, left_out)
    chosen, who, other_patients = choose(frames, patient)
    progress(0.95, "putting slices together")
    made: list[Stack] = [*stacks(chosen), *(stack for file in others for stack in stacks(file))]
    series = build(made, weighting, spacing)
    progress(1.0)
    return Study(
        series=series,
        problems=tuple(problems),
        patient=who,
        sha256=_digest(series),
        notes=_notes(chosen, left_out, other_patients),
    )


def _read_all(
    found: list[Entry], problems: list[Problem], progress: Progress
) -> tuple[list[Frame], list[tuple[Frame, ...]], int]:
    """DICOM frames, the frames of each other file, and the number of objects without pictures."""
    budget = Budget(MAX_PIXEL_BYTES, f"the study holds more than {MAX_PIXEL_BYTES // MIB} MB of pixels")
    frames: list[Frame] = []
    others: list[tuple[Frame, ...]] = []
    left_out = 0
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for start in range(0, len(found), BATCH):
            progress(0.95 * start / len(found), f"reading file {start + 1} of {len(found)}")
            batch = found[start : start + BATCH]
            for entry, read in zip(batch, pool.map(lambda entry: _read(entry, budget), batch), strict=True):
                left_out += read.left_out
                if read.reason:
                    problems.append(Problem(entry.name, read.reason))
                elif read.dicom:
                    frames += read.frames
                elif read.frames:
                    others.append(read.frames)
    return frames, others, left_out


def _read(entry: Entry, budget: Budget) -> _Read:
    try:
        return _read_bytes(entry.name, entry.read(), budget)
    except NotAnImage:
        return _Read(left_out=True)
    except (Unreadable, OverLimit) as error:
        return _Read(reason=str(error))
    except MemoryError:
        return _Read(reason="it needs more memory than there is")
    except Exception as error:  # one stranger's file must not take the others with it
        logger.warning("a file could not be read: %s", type(error).__name__)
        return _Read(reason="it is damaged and cannot be read")


def _read_bytes(name: str, data: bytes, budget: Budget) -> _Read:
    if not data:
        msg = "it is empty"
        raise Unreadable(msg)
    if data[PREAMBLE : PREAMBLE + 4] == b"DICM":
        return _Read(tuple(read_dicom(name, data, budget)), dicom=True)
    if is_picture(data):
        return _Read(tuple(read_picture(name, data, budget)))
    if data.startswith(GZIP_MAGIC):
        data = gunzip(data)
        if not is_nifti(data):
            msg = "it is a packed file, and what is inside is not NIfTI"
            raise Unreadable(msg)
    if is_nifti(data):
        return _Read(tuple(read_nifti(name, data, budget)))
    if data[:4] in ZIP_MAGIC or is_other_archive(data[:512]):
        msg = "archives of this kind are not opened; please unpack it first"
        raise Unreadable(msg)
    if looks_like_dicom(data):
        return _Read(tuple(read_dicom(name, data, budget)), dicom=True)
    msg = "it is not a DICOM, NIfTI, PNG or JPEG file"
    raise Unreadable(msg)


def _nothing(sources: Sequence[SourceFile], problems: list[Problem], left_out: int) -> StudyError:
    if len(problems) == 1:
        return StudyError(problems[0].file, problems[0].reason)
    first = sources[0].name if sources else "the upload"
    if problems:
        most = Counter(problem.reason for problem in problems).most_common(1)[0][0]
        return StudyError(problems[0].file, f"none of {len(problems)} files could be opened; mostly: {most}")
    if left_out:
        return StudyError(first, "it holds DICOM objects, but none with pictures")
    return StudyError(first, "there are no files in it")


def _notes(frames: list[Frame], left_out: int, other_patients: int) -> tuple[Note, ...]:
    notes = []
    if left_out:
        text = f"{left_out} DICOM objects without pictures (reports, indexes) were left out."
        notes.append(
            Note(
                Severity.INFO,
                text if left_out > 1 else text.replace("objects", "object").replace("were", "was"),
            )
        )
    if other_patients:
        notes.append(
            Note(Severity.WARNING, "The upload also holds files of another patient; they were left out.")
        )
    studies = {frame.study_uid for frame in frames if frame.study_uid}
    dates = {frame.patient.study_date for frame in frames if frame.patient is not None} - {""}
    if max(len(studies), len(dates)) > 1:
        text = (
            "The upload holds several examinations of this patient (study identifiers or dates differ). Series of "
            "different examinations are not graded together."
        )
        notes.append(Note(Severity.WARNING, text))
    return tuple(notes)


def _digest(series: Sequence[Series]) -> str:
    """Hash over what a result depends on: pixels, their meaning and place, and the weighting they are read as."""
    digest = hashlib.sha256()
    for one in series:
        facts = (one.pixels.shape, one.pixels.dtype.str, one.inverted, one.spacing, one.weighting, one.plane)
        digest.update(repr(facts).encode())
        digest.update(np.ascontiguousarray(one.pixels).data)
        if one.padding is not None:
            digest.update(np.packbits(one.padding).data)
        if one.geometry is not None:
            placed = (one.geometry.positions, one.geometry.row_direction, one.geometry.column_direction)
            for array in placed:
                digest.update(np.ascontiguousarray(array, dtype=np.float64).data)
    return digest.hexdigest()
