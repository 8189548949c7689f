"""Errors of opening a study, with messages for the screen."""

from __future__ import annotations

from spine_core.study.found_object import FoundObject
from spine_core.study.types import Patient


class Unreadable(Exception):
    """One file cannot be used. The message is the reason, without the file's name or any header value."""


class NotAnImage(Exception):
    """A valid DICOM object that is no image, such as a report or a segmentation; it is left out without a problem."""

    def __init__(self, found: FoundObject) -> None:
        super().__init__("the object is no image")
        self.found = found


class StudyError(Exception):
    """Nothing could be opened.

    ``str(error)`` is the reason without the file's name, so that tracebacks and logs never show it. ``sentence``
    includes the name and is for the screen only.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(reason)
        self.file = file
        self.reason = reason

    @property
    def sentence(self) -> str:
        """One sentence with the file's name, for the screen."""
        return f"{self.file}: {self.reason}"


class MultiplePatientsError(Exception):
    """One upload holds several patients; open it again with the ``key`` of one of them."""

    def __init__(self, patients: tuple[Patient, ...]) -> None:
        super().__init__(f"the upload holds {len(patients)} patients; choose one")
        self.patients = patients
