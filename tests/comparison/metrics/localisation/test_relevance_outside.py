import csv
import io
import json

import numpy as np
import pytest

from spine_core.comparison.compare import compare
from spine_core.comparison.metrics.base import select
from spine_core.comparison.metrics.localisation.relevance_outside import RELEVANCE_OUTSIDE, RelevanceOutside
from spine_core.comparison.reports.csv import comparison_csv
from spine_core.comparison.reports.html import comparison_html
from spine_core.comparison.reports.json import comparison_json
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.explanation.registry import explain
from spine_core.progress import silent
from tests.comparison.metrics.made import context, evaluated
from tests.explanation.test_relevance_outside import below_the_edge
from tests.explanation.toys import TARGET, Halves, disc_image, textured
from tests.pages import fakes


@pytest.fixture(scope="module")
def report():
    """Two maps of an image of which a quarter lies outside the slice, and their comparison."""
    image = below_the_edge(disc_image(textured(48, t1=False)), 12)
    network = Halves(3.0, 0.0)
    maps = tuple(explain(name, network, image, TARGET) for name in ("grad_cam", "hires_cam"))
    return ComparisonReport(fakes.study(), image, maps, compare(maps, network, image))


def test_every_map_is_measured_and_none_where_all_input_is_inside():
    image = disc_image(textured(24))
    maps = [evaluated(np.ones((24, 24))), evaluated(np.zeros((24, 24)), "b", 2)]

    def measured(image):
        return RelevanceOutside().evaluate(maps, context(Halves(1.0, 0.0), image), silent)

    first, second = measured(below_the_edge(image, 6))
    assert (first.method, first.value, first.draw) == ("a", pytest.approx(0.125), 0)
    assert (second.method, second.value, second.draw) == ("b", None, 2)
    assert measured(below_the_edge(image, 0)) == ()
    assert measured(image) == ()


def test_a_comparison_has_methods_and_controls_with_the_fraction_of_the_input(report):
    found, maps = report.comparison, report.explanations
    assert found.outside_fraction == pytest.approx(0.25)
    results = select(found.results, RELEVANCE_OUTSIDE)
    assert [one.value for one in results[:2]] == [pytest.approx(one.outside_fraction) for one in maps]
    random = [one.value for one in results if one.method == "random"]
    assert random == [pytest.approx(0.25, abs=0.02)] * 5
    assert {one.chance for one in results} == {found.outside_fraction}


def test_exports_and_report_show_it(report):
    fraction = report.explanations[0].outside_fraction
    made = json.loads(json.dumps(comparison_json(report), allow_nan=False))
    assert made["outside_fraction"] == pytest.approx(0.25)
    assert made["explanations"][0]["outside_fraction"] == pytest.approx(fraction)
    rows = [
        row
        for row in csv.DictReader(io.StringIO(comparison_csv(report)))
        if row["metric"] == "relevance_outside"
    ]
    assert len(rows) == 2 + 11
    assert float(rows[0]["value"]) == pytest.approx(fraction, rel=1e-4)
    assert float(rows[0]["chance"]) == pytest.approx(0.25)
    page = comparison_html(report)
    assert "Relevance outside the image ↓" in page
    assert "Uniform map" in page
    assert page.count(f"{100 * fraction:.0f} % of the relevance lies outside the image") >= 1


def test_nothing_is_shown_where_all_input_is_inside():
    network, image = Halves(3.0, 0.0), below_the_edge(disc_image(textured(48, t1=False)), 0)
    maps = (explain("grad_cam", network, image, TARGET),)
    found = compare(maps, network, image)
    assert not select(found.results, RELEVANCE_OUTSIDE)
    assert "outside the image" not in comparison_html(ComparisonReport(fakes.study(), image, maps, found))
