"""Errors of reports. The messages are for the reader."""

from __future__ import annotations


class ReportError(ValueError):
    """What was asked cannot be done with this report, in one sentence."""


class TemplateError(ReportError):
    """A template cannot be used, in one sentence with the template's name."""
