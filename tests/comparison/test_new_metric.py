"""Adding a metric or a method is one line in a registry: it then appears on the page, in CSV, JSON and HTML."""

import csv
import io
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from spine_core.comparison import compare as comparing
from spine_core.comparison.compare import compare
from spine_core.comparison.metrics.base import Direction, MapMetric, Metric, Property
from spine_core.comparison.reports.formats import FORMATS
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.explanation import registry
from spine_core.explanation.base import Attribution, AttributionMethod, MethodDiagnostic, MethodFamily
from tests.explanation.toys import TARGET, Linear, disc_image, textured
from tests.pages import fakes

TOY_METRIC = Metric(
    "toy_metric",
    "Toy metric",
    Direction.HIGHER,
    Property.FAITHFULNESS,
    "Nobody 2026, doi 10.0/0",
    "Counts pixels.",
)


class ToyMetric(MapMetric):
    """The number of positive pixels."""

    metrics = (TOY_METRIC,)

    def evaluate(self, maps, context, progress):
        return tuple(one.result(TOY_METRIC, float((one.attribution > 0).sum())) for one in maps)


class ToyMethod(AttributionMethod):
    """The image itself."""

    name = "toy_method"
    label = "Toy method"
    paper = "Nobody 2026, doi 10.0/0"
    family = MethodFamily.GRADIENT
    resolution = shows = limits = "The image."

    def compute(self, request):
        score = float(request.network.score(request.image.pixels[None], request.target)[0])
        diagnostic = MethodDiagnostic("", None, "Nothing to measure.")
        return Attribution(request.image.pixels[0], (request.size, request.size), score, diagnostic, 1)


@pytest.fixture
def report(monkeypatch):
    monkeypatch.setattr(comparing, "MAP_METRICS", (*comparing.MAP_METRICS, ToyMetric()))
    monkeypatch.setitem(registry.REGISTRY, "toy_method", ToyMethod())
    image, network = disc_image(textured(24)), Linear(np.ones((2, 24, 24)))
    maps = tuple(registry.explain(name, network, image, TARGET) for name in ("toy_method", "occlusion"))
    return ComparisonReport(fakes.study_with("1.2.3"), image, maps, compare(maps, network, image))


def test_toy_metric_and_toy_method_appear_in_every_file(report):
    files = {one.suffix: one.write(report) for one in FORMATS}
    expected = float((report.image.pixels[0] > 0).sum())
    rows = [
        row
        for row in csv.DictReader(io.StringIO(files["csv"]))
        if (row["metric"], row["method"]) == ("toy_metric", "toy_method")
    ]
    assert [float(row["value"]) for row in rows] == [expected]
    found = [one for one in json.loads(files["json"])["results"] if one["metric"] == "toy_metric"]
    assert found[0] == found[0] | {"method": "toy_method", "value": expected, "direction": "higher"}
    assert len(found) == 2 + 11
    assert "Toy metric ↑" in files["html"]
    assert "Toy method of " in files["html"]
    assert f"{expected:.2f}" in files["html"]


def test_toy_metric_and_toy_method_appear_on_the_page(report):
    def page(found):
        from pages.components.compare.tables import faithfulness_table

        faithfulness_table(found)

    shown = AppTest.from_function(page, args=(report.comparison,)).run()
    assert not shown.exception
    tables = "".join(one.proto.body for one in shown.get("html"))
    assert "Toy metric ↑" in tables
    assert 'title="Faithfulness; higher is better. Counts pixels. Nobody 2026, doi 10.0/0"' in tables
    assert "Toy method" in tables
