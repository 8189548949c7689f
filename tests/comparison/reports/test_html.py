import base64
import csv
import io
import re

import numpy as np
import pytest
from PIL import Image

from spine_core import DISCLAIMER
from spine_core.anatomy.types import Structure
from spine_core.comparison.compare import compare
from spine_core.comparison.metrics.robustness.robustness import robustness
from spine_core.comparison.repeat_tests import run_repeat_tests
from spine_core.comparison.reports.html import comparison_html
from spine_core.comparison.reports.json_csv import comparison_csv, comparison_json
from spine_core.explanation.registry import explain
from tests.explanation.toys import TARGET, disc_image, textured, untrained
from tests.pages import fakes


@pytest.fixture(scope="module")
def compared():
    regions = np.zeros((64, 64), np.uint8)
    regions[20:44, 20:44] = Structure.DISC
    network, image = untrained(64), disc_image(textured(64), regions=regions)
    maps = [explain(name, network, image, TARGET) for name in ("grad_cam", "grad_cam_plus_plus")]
    return (
        compare(maps, network, image),
        maps,
        image,
        run_repeat_tests(maps, network, image),
        robustness(maps, network, image),
    )


@pytest.fixture(scope="module")
def page(compared):
    found, maps, image, checks, robust = compared
    return comparison_html(fakes.study(), found, maps, image, checks, robust)


def test_page_needs_no_other_file_and_names_no_patient(page):
    assert not re.search(r"<(script|link|iframe)", page)
    assert not [source for source in re.findall(r"src='([^']*)", page) if not source.startswith("data:")]
    assert "Doe" not in re.sub(r"base64,[^']*", "", page)
    assert DISCLAIMER in page
    assert "Synthetic" in page


def test_page_shows_one_map_per_method_and_tells_all_settings(page):
    pictures = re.findall(r"base64,([^']*)", page)
    assert len(pictures) == 2
    assert Image.open(io.BytesIO(base64.b64decode(pictures[0]))).size == (64, 64)
    assert page.count("<svg") == 1
    assert "control_draws" in page
    assert "Grad-CAM++ of Disc bulging" in page


def test_page_holds_every_table_with_its_controls(page):
    for heading in ("Agreement", "Place of the finding", "Stability and sanity", "Changes of the picture"):
        assert f"<h2>{heading}</h2>" in page
    for words in (
        "Structural similarity",
        "Answer after removal",
        "pointing game",
        "Motion ghosts",
        "scrambled",
    ):
        assert words in page
    assert page.count("Control: Blurred random map") >= 5
    assert "Rong et al. 2022" in page


def test_every_table_can_be_read_from_the_csv(compared):
    found, _, _, checks, robust = compared
    rows = list(csv.DictReader(io.StringIO(comparison_csv(found, checks, robust))))
    figures = {(row["what"], row["name"], row["figure"]): row["value"] for row in rows}
    assert float(figures["control", "edges 0", "Gini"]) > 0
    assert "rank correlation over a little noise" in {row["figure"] for row in rows}
    assert float(figures["control", "edges", "rank correlation after shuffling 100% of the layers"]) == 1.0
    assert float(figures["method", "grad_cam", "pictures asked"]) == 1
    assert float(figures["control", "random 4", "ROAD, mean log-odds"])
    assert float(figures["method", "grad_cam", "deletion area, log-odds, filled with scrambled"])
    assert 0 <= float(figures["method", "grad_cam", "infidelity"]) <= 1
    assert figures["method", "grad_cam", "strongest point in the finding's place"] in ("0", "1")
    assert float(figures["control", "edges 0", "IoU at the best threshold"]) > 0
    assert float(figures["pair", "grad_cam with grad_cam_plus_plus", "structural similarity"]) > 0
    assert figures["pair", "grad_cam with grad_cam_plus_plus", "agreement of signs"] == ""
    assert 0 < float(figures["answer", "motion ghosts", "probability"]) < 1
    assert float(figures["control", "random", "rank correlation after motion ghosts"]) == pytest.approx(1.0)
    assert figures["control", "random", "same answer, different map after motion ghosts"] == "0"
    assert all(row["note"] == DISCLAIMER for row in rows)


def test_json_holds_the_checks_and_can_do_without(compared):
    import json

    found, _, _, checks, robust = compared
    made = json.loads(json.dumps(comparison_json(fakes.study(), found, checks, robust)))
    assert {one["kind"] for one in made["robustness"]["altered"]} >= {"MR noise added"}
    assert len(made["road"]) == len(made["infidelity"]) == len(made["refilled"]) == 2 + len(found.controls)
    assert made["place"]["structures"]
    assert made["control_localisation"][0]["iou_best"] > 0
    assert {one["change"] for one in made["checks"]["stability"]} >= {"another seed"}
    without = comparison_json(fakes.study(), found)
    assert without["checks"] is without["robustness"] is None
