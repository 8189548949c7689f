import csv
import io
import json

import numpy as np
import pytest

from spine_core.comparison.compare import compare
from spine_core.comparison.metrics.faithfulness.deletion_insertion import Ranked
from spine_core.comparison.metrics.localisation.relevance_outside import measure_relevance_outside
from spine_core.comparison.reports.html import comparison_html
from spine_core.comparison.reports.json_csv import comparison_csv, comparison_json
from spine_core.explanation.registry import explain
from tests.explanation.test_relevance_outside import below_the_edge
from tests.explanation.toys import TARGET, Halves, disc_image, textured
from tests.pages import fakes


@pytest.fixture(scope="module")
def cut():
    """Two maps of an image of which a quarter lies outside the slice, and their comparison."""
    image = below_the_edge(disc_image(textured(48, t1=False)), 12)
    network = Halves(3.0, 0.0)
    maps = [explain(name, network, image, TARGET) for name in ("grad_cam", "hires_cam")]
    return compare(maps, network, image), maps, image


def test_every_map_is_measured_and_none_where_all_input_is_inside():
    image = disc_image(textured(24))
    maps = [Ranked("a", np.ones((24, 24), np.float32)), Ranked("b", np.zeros((24, 24), np.float32), 2)]
    first, second = measure_relevance_outside(maps, below_the_edge(image, 6))
    assert (first.method, first.fraction, first.draw) == ("a", pytest.approx(0.125), 0)
    assert (second.method, second.fraction, second.draw) == ("b", None, 2)
    assert measure_relevance_outside(maps, below_the_edge(image, 0)) == ()
    assert measure_relevance_outside(maps, image) == ()


def test_a_comparison_holds_methods_and_controls_beside_the_share_of_the_input(cut):
    found, maps, _ = cut
    assert found.outside_fraction == pytest.approx(0.25)
    assert len(found.relevance_outside) == len(maps) + len(found.controls)
    assert [one.fraction for one in found.relevance_outside[:2]] == [
        pytest.approx(one.outside_fraction) for one in maps
    ]
    random = [one.fraction for one in found.relevance_outside if one.method == "random"]
    assert random == [pytest.approx(0.25, abs=0.02)] * 5
    assert found.figures(0)[-1] == found.relevance_outside[0].fraction


def test_exports_and_page_show_it(cut):
    found, maps, image = cut
    told = json.loads(json.dumps(comparison_json(fakes.study(), found), allow_nan=False))
    assert told["outside_area"] == pytest.approx(0.25)
    assert told["outside"][0]["fraction"] == pytest.approx(maps[0].outside_fraction)
    rows = [
        row
        for row in csv.DictReader(io.StringIO(comparison_csv(found)))
        if row["figure"] == "relevance outside the image"
    ]
    assert len(rows) == len(found.relevance_outside)
    assert float(rows[0]["value"]) == pytest.approx(maps[0].outside_fraction, rel=1e-4)
    assert float(rows[0]["chance"]) == pytest.approx(0.25)
    page = comparison_html(fakes.study(), found, maps, image)
    assert "Relevance outside the image ↓" in page
    assert "25 % of the network's input lies outside the image, where there is no anatomy" in page.replace(
        "&#x27;", "'"
    )
    share = f"{100 * maps[0].outside_fraction:.0f} % of the relevance lies outside the image"
    assert page.count(share) >= 1


def test_nothing_is_shown_where_all_input_is_inside():
    network, image = Halves(3.0, 0.0), below_the_edge(disc_image(textured(48, t1=False)), 0)
    maps = [explain("grad_cam", network, image, TARGET)]
    found = compare(maps, network, image)
    assert found.relevance_outside == ()
    assert len(found.figures(0)) == 7
    page = comparison_html(fakes.study(), found, maps, image)
    assert "outside the image" not in page.split("<h2>Everything")[0]
