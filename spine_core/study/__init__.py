"""Reads DICOM, NIfTI, PNG and JPEG files, also in archives, into series of slices in patient coordinates."""

from __future__ import annotations

from spine_core.study.errors import MultiplePatientsError, StudyError
from spine_core.study.loader import open_study
from spine_core.study.sources import SourceFile, sources_from_path

__all__ = ["MultiplePatientsError", "SourceFile", "StudyError", "open_study", "sources_from_path"]
