"""The library as a user imports it, on the demonstration study."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import spine_core as sl
from spine_core.explanation.registry import explain
from spine_core.study.types import Weighting
from tests.conftest import ROOT
from tests.library.making import picture


@pytest.fixture(scope="module")
def reading(demo_folder, smallest_network) -> sl.StudyReading:
    return sl.read(sl.open_study(demo_folder), smallest_network)


@pytest.fixture(scope="module")
def maps(reading) -> list[sl.FindingExplanation]:
    return [sl.explain(reading, "L4/L5", "pfirrmann", method=name) for name in ("grad_cam", "eigen_cam")]


@pytest.fixture(scope="module")
def comparison(maps) -> sl.FindingComparison:
    return sl.compare(maps)


def test_a_reading_is_a_table_with_a_row_for_each_finding(reading):
    table = reading.to_dataframe()
    assert len(table) == len(reading.findings) == 50
    graded = table[(table["level"] == "L4/L5") & (table["condition"] == "pfirrmann")].iloc[0]
    assert str(graded["grade"]) == reading.finding("L4/L5", "pfirrmann").grade


def test_an_explanation_is_the_one_that_the_registry_makes(reading, maps):
    network = reading.networks.explained_network.wait_ready()
    image = reading.reading.images["L4/L5"]
    same = explain("grad_cam", network, image, maps[0].explanation.target)
    np.testing.assert_array_equal(maps[0].attribution, same.attribution)
    assert maps[0].explanation.target.grade == reading.finding("L4/L5", "pfirrmann").grade


def test_another_grade_is_explained_when_it_is_the_target(reading):
    target = sl.Target("pfirrmann", "2", sl.TargetKind.AT_LEAST)
    assert sl.explain(reading, "L4/L5", "pfirrmann", target=target).explanation.target is target
    with pytest.raises(ValueError, match="the target is of bulging, not of pfirrmann"):
        sl.explain(reading, "L4/L5", "pfirrmann", target=sl.Target("bulging", "1"))


@pytest.mark.parametrize(
    ("level", "condition", "why"),
    [("L9/L10", "pfirrmann", "no pfirrmann at L9/L10"), ("L4/L5", "gout", "no gout at L4/L5")],
)
def test_a_missing_finding_is_refused_in_a_sentence(reading, level, condition, why):
    with pytest.raises(sl.FindingError, match=why):
        sl.explain(reading, level, condition)


def test_a_plot_shows_the_map_over_the_disc_with_its_title(maps):
    axes = maps[0].plot()
    (drawn,) = axes.get_images()
    assert drawn.get_array().shape[:2] == maps[0].attribution.shape
    assert "L4/L5" in axes.get_title()


@pytest.mark.slow
def test_a_comparison_is_a_table_json_and_a_page(comparison, maps, tmp_path):
    table = comparison.to_dataframe()
    deletion = table[(table["control"] == 0) & (table["metric"] == "deletion")]
    assert set(deletion["method"]) == {"grad_cam", "eigen_cam"}
    values = comparison.to_json(tmp_path / "comparison.json")
    assert json.loads((tmp_path / "comparison.json").read_text())["summary"] == comparison.summary
    assert values["level"] == "L4/L5"
    page = comparison.to_html(tmp_path / "comparison.html").read_text()
    assert "not validated for clinical use" in page
    assert page.count("<img ") >= len(maps)


def test_maps_of_different_discs_are_not_compared(reading, maps):
    other = sl.explain(reading, "L3/L4", "pfirrmann")
    with pytest.raises(ValueError, match="same disc"):
        sl.compare([maps[0], other])
    with pytest.raises(ValueError, match="no explanation"):
        sl.compare([])


def test_the_import_loads_no_heavy_package():
    heavy = "{'torch', 'numpy', 'shap', 'lime', 'pydicom', 'matplotlib', 'pandas', 'streamlit'}"
    code = f"import sys, spine_core; print(sorted({heavy} & set(sys.modules)), len(dir(spine_core)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"[] {len(sl.__all__)}"


def test_every_public_name_exists():
    for name in sl.__all__:
        assert getattr(sl, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'diagnose'"):
        _ = sl.diagnose


@pytest.mark.parametrize("written", ["T2", "t2"])
def test_a_weighting_is_named_as_the_documentation_writes_it(tmp_path, written):
    (tmp_path / "slice.png").write_bytes(picture(1).data)
    study = sl.open_study(tmp_path, weighting=written)
    assert study.series[0].weighting is Weighting.T2
