"""What goes wrong when a study is opened, in sentences for the screen."""

from __future__ import annotations

from spine_core.study.types import Patient


class Unreadable(Exception):
    """One file cannot be used. The message is the reason, without the file's name or any header value."""


class NotAnImage(Exception):
    """A sound DICOM object without pixels (a report, an index): left out, nothing is wrong with it."""


class StudyError(Exception):
    """Nothing could be opened.

    ``str(error)`` is the reason alone, so that a traceback or a log never shows a file's name;
    ``sentence`` names the file as well and is for the screen only.
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
