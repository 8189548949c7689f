"""Errors of DICOM objects. The messages are for the reader and never hold a header value."""

from __future__ import annotations


class DicomObjectError(ValueError):
    """An object cannot be made or read, in one sentence."""
