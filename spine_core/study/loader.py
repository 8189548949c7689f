"""Opens an upload: reads files into a ``Study``, with a message for each that could not be read."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence

import numpy as np

from spine_core.progress import Progress, silent
from spine_core.study.archives.extraction import entries
from spine_core.study.dicom.suppress_warnings import suppressed_warnings
from spine_core.study.errors import StudyError
from spine_core.study.file_reader import FilesRead, read_files
from spine_core.study.found_object import FoundObject
from spine_core.study.frame import Frame
from spine_core.study.patients import choose
from spine_core.study.series_builder import build
from spine_core.study.slice_sorting import Stack, stacks
from spine_core.study.sources import INDEX_ALONE, SourceFile, is_index, is_junk
from spine_core.study.types import Note, Series, Severity, Study, Weighting

logger = logging.getLogger(__name__)


def open_study(
    sources: Sequence[SourceFile],
    *,
    patient: str | None = None,
    weighting: Weighting | None = None,
    spacing: float | None = None,
    progress: Progress = silent,
) -> Study:
    """Reads DICOM, NIfTI, PNG and JPEG files, alone or in a ZIP or TAR, into one study.

    ``patient``: ``Patient.key`` where an upload holds several. ``weighting`` and ``spacing`` (mm per pixel):
    values stated by the user, for files whose header lacks them. Files that cannot be read become ``Study.problems``
    and the others are still opened. Raises ``StudyError`` when nothing could be opened, ``MultiplePatientsError`` when
    there are several patients and ``patient`` is none of them.
    """
    with suppressed_warnings:
        files = [source for source in sources if not is_junk(source.name)]
        found = read_files(entries(files), sum(source.size for source in files), progress)
    frames, others, problems, left_out = found.frames, found.others, found.problems, found.left_out
    for number, problem in enumerate(problems, start=1):
        logger.warning("problem %d of an upload: %s", number, problem.reason)
    if not frames and not others:
        raise _nothing(sources, found)
    chosen, who, other_patients = choose(frames, patient)
    progress(0.95, "sorting slices")
    made: list[Stack] = [*stacks(chosen), *(stack for file in others for stack in stacks(file))]
    series = build(made, weighting, spacing)
    progress(1.0)
    return Study(
        series=series,
        problems=tuple(problems),
        patient=who,
        sha256=_digest(series),
        notes=_notes(chosen, left_out, other_patients),
        objects=_of_same_studies(found.objects, chosen),
    )


def _of_same_studies(objects: Sequence[FoundObject], frames: Sequence[Frame]) -> tuple[FoundObject, ...]:
    """Objects of the examinations that were opened, each once: an upload may hold those of another patient."""
    studies = {frame.study_uid for frame in frames} - {""}
    unique = {one.sop_instance_uid: one for one in objects if one.sop_instance_uid}
    return tuple(one for one in unique.values() if one.study_uid in studies)


def _nothing(sources: Sequence[SourceFile], found: FilesRead) -> StudyError:
    problems = found.problems
    if len(problems) == 1:
        return StudyError(problems[0].file, problems[0].reason)
    first = sources[0].name if sources else "the upload"
    if problems:
        most = Counter(problem.reason for problem in problems).most_common(1)[0][0]
        return StudyError(problems[0].file, f"none of {len(problems)} files could be opened; mostly: {most}")
    if found.indexes or (not found.left_out and any(is_index(source.name) for source in sources)):
        return StudyError(first, INDEX_ALONE)
    if found.left_out:
        return StudyError(first, "it holds DICOM objects, but none with images")
    return StudyError(first, "there are no files in it")


def _notes(frames: list[Frame], left_out: int, other_patients: int) -> tuple[Note, ...]:
    notes = []
    if left_out:
        text = f"{left_out} DICOM objects without images (reports, segmentations, indexes) were left out."
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
    """SHA-256 of what a result depends on: pixels, their meaning, their position, and the weighting."""
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
