"""Makes the objects of a reading, of all kinds that are asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.registry import KINDS
from spine_core.dicom_objects.sources import refusal, source_images
from spine_core.dicom_objects.types import DicomObject, ObjectInput, ObjectKind, Sources
from spine_core.progress import Cancelled, Part, Progress, silent
from spine_core.study.dicom.suppress_warnings import suppressed_warnings
from spine_core.study.sources import SourceFile

logger = logging.getLogger(__name__)

ALL = tuple(one.name for one in KINDS)
"""Names of all kinds."""

READING = 0.3
"""Fraction of the work that reads headers again; the rest makes objects."""


def unavailable(made_from: ObjectInput) -> dict[str, str]:
    """Why an object of a kind cannot be made, by the kind's name, as a clause; kinds that can are left out."""
    found = {one.name: one.lacking(made_from) for one in KINDS}
    found |= {one.name: why for one in KINDS if not found[one.name] and (why := _refused(one, made_from))}
    return {name: why for name, why in found.items() if why}


def make_objects(
    made_from: ObjectInput,
    sources: Sequence[SourceFile],
    kinds: Sequence[str] = ALL,
    progress: Progress = silent,
) -> list[DicomObject]:
    """The objects of ``kinds``, with the identifiers of the files that the study was opened from.

    ``sources``: these files. Each call makes new instances in new series. Raises ``DicomObjectError`` for a kind that
    ``unavailable`` names, and where the files cannot be used; ``KeyError`` for an unknown kind; ``Cancelled`` where
    ``progress`` does.
    """
    wanted = [{one.name: one for one in KINDS}[name] for name in kinds]
    for kind in wanted:
        if why := kind.lacking(made_from):
            raise DicomObjectError(_sentence(kind, why))
    slices = [one for kind in wanted for one in kind.slices(made_from)]
    images = source_images(made_from.study, sources, slices, Part(progress, 0.0, READING))
    objects: list[DicomObject] = []
    for number, kind in enumerate(wanted):
        progress(READING + (1 - READING) * number / len(wanted), f"making {kind.label}")
        for one in _made(kind, made_from, images):
            objects.append(one)
            # Between two objects of a kind, so that a cancel takes effect.
            progress(READING + (1 - READING) * number / len(wanted), f"making {kind.label}")
    progress(1.0)
    return objects


def _refused(kind: ObjectKind, made_from: ObjectInput) -> str:
    return next((why for one in kind.slices(made_from) if (why := refusal(made_from.study, one))), "")


def _made(kind: ObjectKind, made_from: ObjectInput, images: Sources) -> Iterator[DicomObject]:
    """The objects of one kind; what a library says of a header is told without the header's values."""
    objects = kind.make(made_from, images)
    while True:
        try:
            with suppressed_warnings:
                one = next(objects)
        except StopIteration:
            return
        except (DicomObjectError, Cancelled, MemoryError):
            raise
        except Exception as error:
            logger.warning("no %s could be made: %s", kind.name, type(error).__name__)
            msg = _sentence(kind, "the headers of the images do not have what it needs")
            raise DicomObjectError(msg) from None
        yield one


def _sentence(kind: ObjectKind, why: str) -> str:
    return f"{kind.label} cannot be made: {why}"
