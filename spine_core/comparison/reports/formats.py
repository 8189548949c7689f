"""File formats of a comparison. A new format is one file and one entry in ``FORMATS``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from spine_core.comparison.reports.csv import comparison_csv
from spine_core.comparison.reports.html import comparison_html
from spine_core.comparison.reports.json import comparison_json
from spine_core.comparison.reports.maps import comparison_maps
from spine_core.comparison.reports.report import ComparisonReport


@dataclass(frozen=True)
class ReportFormat:
    """A file format. ``write`` returns the file's content; ``help``: its purpose."""

    label: str
    suffix: str
    media_type: str
    help: str
    write: Callable[[ComparisonReport], str | bytes]


def _json(report: ComparisonReport) -> str:
    return json.dumps(comparison_json(report), indent=1) + "\n"


FORMATS: tuple[ReportFormat, ...] = (
    ReportFormat("CSV", "csv", "text/csv", "One row per result, for a spreadsheet.", comparison_csv),
    ReportFormat("JSON", "json", "application/json", "Everything, curves and settings included.", _json),
    ReportFormat(
        "Report",
        "html",
        "text/html",
        "One page with maps, tables, curves and all settings, to keep, print or send. Names no patient.",
        comparison_html,
    ),
    ReportFormat(
        "Maps",
        "zip",
        "application/zip",
        "The maps as NumPy arrays and NIfTI volumes with their transforms, and as images.",
        comparison_maps,
    ),
)
"""All formats, in the order of the buttons."""
