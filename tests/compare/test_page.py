import base64
import csv
import io
import re

import pytest
from PIL import Image

from spine_core import DISCLAIMER
from spine_core.compare.checks import check
from spine_core.compare.comparison import compare
from spine_core.compare.export import comparison_csv, comparison_json
from spine_core.compare.page import comparison_page
from spine_core.explain.registry import explain
from tests.explain.toys import TARGET, disc_image, textured, untrained
from tests.pages import fakes


@pytest.fixture(scope="module")
def compared():
    network, image = untrained(64), disc_image(textured(64))
    maps = [explain(name, network, image, TARGET) for name in ("grad_cam", "grad_cam_plus_plus")]
    return compare(maps, network, image), maps, image, check(maps, network, image)


@pytest.fixture(scope="module")
def page(compared):
    found, maps, image, checks = compared
    return comparison_page(fakes.study(), found, maps, image, checks)


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


def test_every_table_can_be_read_from_the_csv(compared):
    found, _, _, checks = compared
    rows = list(csv.DictReader(io.StringIO(comparison_csv(found, checks))))
    figures = {(row["what"], row["name"], row["figure"]): row["value"] for row in rows}
    assert float(figures["control", "edges 0", "Gini"]) > 0
    assert "rank correlation over a little noise" in {row["figure"] for row in rows}
    assert float(figures["control", "edges", "rank correlation after shuffling 100% of the layers"]) == 1.0
    assert float(figures["method", "grad_cam", "pictures asked"]) == 1
    assert all(row["note"] == DISCLAIMER for row in rows)


def test_json_holds_the_checks_and_can_do_without(compared):
    import json

    found, _, _, checks = compared
    made = json.loads(json.dumps(comparison_json(fakes.study(), found, checks)))
    assert {one["change"] for one in made["checks"]["stability"]} >= {"another seed"}
    assert comparison_json(fakes.study(), found)["checks"] is None
