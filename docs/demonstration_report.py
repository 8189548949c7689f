"""Writes the report of the demonstration study as PDF and HTML: ``make report``. Everything in it is synthetic."""

from __future__ import annotations

from pathlib import Path

from pages.components.study_jobs import DEMONSTRATION
from spine_core.comparison.compare import compare
from spine_core.explanation.registry import explain
from spine_core.grading.read import read_study
from spine_core.networks.registry import load_bundle
from spine_core.phantom import demo_study
from spine_core.report.draft import draft
from spine_core.report.editing import add_key_image
from spine_core.report.key_images import map_image
from spine_core.report.pdf import report_pdf
from spine_core.report.render import report_html
from spine_core.report.types import Report
from spine_core.study import open_study, sources_from_path

FOLDER = Path(__file__).parent / "report"
METHODS = ("grad_cam", "lime", "partition_shap")
LEVEL, CONDITION = "L4/L5", "herniation"


def main() -> None:
    """Writes both files."""
    report = demonstration_report()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "demonstration.pdf").write_bytes(report_pdf(report))
    (FOLDER / "demonstration.html").write_text(report_html(report))


def demonstration_report() -> Report:
    """The draft with the maps of three methods for one finding, tested against controls."""
    study = open_study(sources_from_path(demo_study(DEMONSTRATION)))
    bundle = load_bundle()
    reading = read_study(study, bundle)
    finding = reading.finding(LEVEL, CONDITION)
    image = reading.image_of(finding)
    assert image is not None
    network = bundle.explained_network
    maps = [explain(name, network, image, finding.target) for name in METHODS]
    comparison = compare(maps, network, image)
    report = draft(study, reading)
    for one in maps:
        report = add_key_image(report, map_image(study, image, one, comparison=comparison))
    return report


if __name__ == "__main__":
    main()
