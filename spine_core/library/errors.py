"""Errors of the case library; each message is one sentence without patient data."""

from __future__ import annotations


class LibraryError(Exception):
    """The case library cannot do what was asked for."""


class DeidentificationError(LibraryError):
    """Files cannot be stored because they were not, or could not be, de-identified."""
