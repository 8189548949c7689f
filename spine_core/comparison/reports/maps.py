"""The maps of a comparison as a ZIP of arrays, volumes and images."""

from __future__ import annotations

import io
import zipfile

from spine_core.comparison.reports.report import ComparisonReport
from spine_core.explanation.export import explanation_files


def comparison_maps(report: ComparisonReport) -> bytes:
    """``explanation_files`` of all maps. It names neither patient nor files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in explanation_files(report.explanations, report.image, report.study).items():
            archive.writestr(name, content)
    return out.getvalue()
