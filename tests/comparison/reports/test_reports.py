import base64
import csv
import io
import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from spine_core import DISCLAIMER
from spine_core.anatomy.types import Structure
from spine_core.comparison.compare import compare
from spine_core.comparison.metrics.base import Property
from spine_core.comparison.metrics.robustness.robustness import robustness
from spine_core.comparison.repeat_tests import run_repeat_tests
from spine_core.comparison.reports.csv import comparison_csv
from spine_core.comparison.reports.formats import FORMATS
from spine_core.comparison.reports.html import comparison_html
from spine_core.comparison.reports.json import comparison_json
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.comparison.reports.tables import result_tables
from spine_core.explanation.registry import explain
from tests.explanation.toys import TARGET, disc_image, textured, untrained
from tests.pages import fakes


@pytest.fixture(scope="module")
def report():
    regions = np.zeros((64, 64), np.uint8)
    regions[20:44, 20:44] = Structure.DISC
    network, image = untrained(64), disc_image(textured(64), regions=regions)
    maps = tuple(explain(name, network, image, TARGET) for name in ("grad_cam", "grad_cam_plus_plus"))
    return ComparisonReport(
        fakes.study_with("1.2.3"),
        image,
        maps,
        compare(maps, network, image),
        run_repeat_tests(maps, network, image),
        robustness(maps, network, image),
    )


@pytest.fixture(scope="module")
def page(report):
    return comparison_html(report)


@pytest.fixture(scope="module")
def rows(report):
    return list(csv.DictReader(io.StringIO(comparison_csv(report))))


@pytest.mark.slow
def test_report_needs_no_other_file_and_names_no_patient(page):
    assert not re.search(r"<(script|link|iframe)", page)
    assert not [source for source in re.findall(r"src='([^']*)", page) if not source.startswith("data:")]
    assert "Doe" not in re.sub(r"base64,[^']*", "", page)
    assert DISCLAIMER in page
    assert "Synthetic" in page


def test_report_shows_the_image_and_one_map_per_method_with_its_scale(page, report):
    images = re.findall(r"alt='([^']*)' src='data:image/png;base64,([^']*)'", page)
    assert [alt for alt, _ in images if not alt.startswith("Colour scale")] == [
        "The network&#x27;s input at L4/L5",
        "Grad-CAM of Disc bulging: present at L4/L5",
        "Grad-CAM++ of Disc bulging: present at L4/L5",
    ]
    peak = float(np.abs(report.explanations[0].attribution).max())
    assert f"Colour scale from 0 to {peak:.2g}" in [alt for alt, _ in images]
    assert Image.open(io.BytesIO(base64.b64decode(images[0][1]))).size == (64, 64)
    assert page.count("<svg") == 1


def test_report_attaches_all_results_instead_of_printing_them(page, report):
    data = re.search(r"href='data:application/json;base64,([^']*)'", page).group(1)
    assert json.loads(base64.b64decode(data)) == json.loads(json.dumps(comparison_json(report)))
    assert "control_draws" not in re.sub(r"base64,[^']*", "", page)


def test_report_has_every_table_with_its_controls(page):
    for heading in (
        "Agreement",
        "Faithfulness",
        "Localisation",
        "Stability",
        "Maps after changes of the image",
    ):
        assert f"<h2>{heading}</h2>" in page
    for words in ("SSIM", "ROAD, mean log-odds", "pointing game", "motion ghosts", "scrambled", "all layers"):
        assert words in page
    assert page.count("Control: Blurred random map") >= 5
    assert "Rong et al. 2022" in page


def test_every_result_is_a_row_of_the_csv(report, rows):
    assert len(rows) == len(report.results)
    found = {
        (row["method"], row["control"], row["draw"], row["metric"], row["variant"], row["other"]): row[
            "value"
        ]
        for row in rows
    }
    assert len(found) == len(rows), "no two rows have the same key columns"
    assert float(found["edges", "1", "0", "sparseness", "", ""]) > 0
    assert float(found["edges", "1", "0", "parameter_randomisation", "all layers", ""]) == 1.0
    assert float(found["grad_cam", "0", "0", "model_evaluations", "", ""]) == 1
    assert float(found["random", "1", "4", "road_log_odds", "", ""])
    assert float(found["grad_cam", "0", "0", "deletion", "scrambled", ""])
    assert 0 <= float(found["grad_cam", "0", "0", "normalised_infidelity", "", ""]) <= 1
    assert found["grad_cam", "0", "0", "pointing_game", "", ""] in ("0", "1")
    assert float(found["grad_cam", "0", "0", "ssim", "", "grad_cam_plus_plus"]) > 0
    assert ("grad_cam", "0", "0", "sign_agreement", "", "grad_cam_plus_plus") not in found
    assert 0 < float(found["", "0", "0", "predicted_probability", "motion ghosts", ""]) < 1
    assert float(found["random", "1", "0", "map_robustness", "motion ghosts", ""]) == pytest.approx(1.0)


def test_files_of_several_cases_can_be_concatenated(report, rows):
    study, found = report.study, report.comparison
    for row in rows:
        assert row["study_sha256"] == study.sha256
        assert (row["level"], row["condition"], row["grade"]) == ("L4/L5", "bulging", "1")
        assert row["network_sha256"] == found.model.sha256
        assert row["disclaimer"] == DISCLAIMER
        assert row["direction"] in ("higher", "lower", "neither")
        probabilities = json.loads(row["probabilities"])
        assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-5)
        assert float(row["probability"]) == pytest.approx(probabilities["1"], abs=1e-5)
        assert json.loads(row["slices"])["t2"]["slice_index"] == 0
    own = [row for row in rows if row["method"] == "grad_cam" and row["control"] == "0"]
    assert all(json.loads(row["settings"]) == {} and row["seed"] == "0" for row in own)


def test_json_has_the_expensive_tests_and_can_do_without(report):
    made = json.loads(json.dumps(comparison_json(report), allow_nan=False))
    assert {one["variant"] for one in made["results"]} >= {"MR noise added", "another seed", "all layers"}
    assert len(made["results"]) == len(report.results)
    curves = [one["curve"] for one in made["results"] if one["metric"] == "road_log_odds"]
    assert len(curves) == 2 + 11
    assert curves[0]["fraction"] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert made["predictions"]["unchanged"]["grade"] in ("0", "1")
    bare = ComparisonReport(report.study, report.image, report.explanations, report.comparison)
    without = comparison_json(bare)
    assert without["predictions"] is without["cross_model"] is None


def test_every_format_says_what_it_is(report):
    assert [one.suffix for one in FORMATS] == ["csv", "json", "html", "zip"]
    *texts, maps = (one.write(report) for one in FORMATS)
    assert all(DISCLAIMER in text for text in texts)
    with zipfile.ZipFile(io.BytesIO(maps)) as archive:
        listed = json.loads(archive.read("explanations.json"))
        assert listed["disclaimer"] == DISCLAIMER
        for one, explanation in zip(listed["explanations"], report.explanations, strict=True):
            found = np.load(io.BytesIO(archive.read(one["files"]["map"])))
            np.testing.assert_array_equal(found, explanation.attribution)
            assert set(one["files"]) == {"map", "slice_map", "nifti", "overlay"}


def test_the_chance_level_of_what_is_true_or_false_is_a_fraction(report):
    (table,) = (one for one in result_tables(report.results, str) if one.property is Property.LOCALISATION)
    column = next(i for i, one in enumerate(table.columns) if "pointing game" in one.heading)
    uniform = table.rows[-1]
    assert uniform.label == "Uniform map"
    assert uniform.cells[column].text == f"{report.comparison.finding_region.area:.0%}"
    assert {row.cells[column].text for row in table.rows if not row.is_control} <= {"yes", "no"}
