"""DICOM objects that an upload holds next to its images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FoundObject:
    """A segmentation, a report, a key object selection or a document.

    ``file``: for the screen only, as in ``types.Problem``. ``description``: Series Description, empty where absent.
    ``study_uid``: of the examination to which it belongs.
    """

    file: str
    sop_class_uid: str
    sop_instance_uid: str
    study_uid: str
    description: str = ""
