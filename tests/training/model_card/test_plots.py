"""The model card's plots contain the stored results: every named curve with all its points."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from spine_core.networks.registry import ENSEMBLE, WEIGHTS
from spine_core.training.model_card.plots import GROUPS, PLOTS, draw, links, path_of

SVG = "{http://www.w3.org/2000/svg}"
ROC = [(0.0, 0.0), (0.0, 0.5), (0.25, 0.5), (0.25, 1.0), (1.0, 1.0)]


def row(source: str, condition: str) -> dict:
    return {
        "source": source, "sequence": "t2", "condition": condition, "roc": ROC,
        "rate": {"sensitivity": 0.5, "specificity": 1.0}, "reliability": [(0.1, 0.0, 5), (0.6, 0.5, 5), (0.9, 1.0, 5)],
    }  # fmt: skip


def curves(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Points of every named curve, in units of the SVG."""
    found = {}
    for group in ElementTree.parse(path).iter(f"{SVG}g"):
        line = group.find(f"{SVG}path")
        if line is not None and group.get("id", "").split()[0] in PLOTS:
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", line.get("d", ""))]
            found[group.get("id", "")] = list(zip(numbers[::2], numbers[1::2], strict=True))
    return found


def test_a_curve_goes_through_its_points_and_phantoms_have_none(tmp_path: Path) -> None:
    draw({"test": {"grading": [row("spider", "modic"), row("phantom", "ddd")]}}, tmp_path)
    drawn = curves(path_of("test", "roc", tmp_path))
    assert set(drawn) == {"roc spider t2 modic"}
    (left, bottom), (right, top) = drawn["roc spider t2 modic"][0], drawn["roc spider t2 modic"][-1]
    as_shares = [
        ((x - left) / (right - left), (y - bottom) / (top - bottom)) for x, y in drawn["roc spider t2 modic"]
    ]
    assert as_shares == [pytest.approx(point, abs=1e-4) for point in ROC]
    assert len(curves(path_of("test", "reliability", tmp_path))["reliability spider t2 modic"]) == 3


def test_equal_figures_are_drawn_as_equal_files(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "other"):
        draw({"test": {"grading": [row("spider", "modic")]}}, folder)
    for kind in PLOTS:
        assert (
            path_of("test", kind, tmp_path / "one").read_bytes()
            == path_of("test", kind, tmp_path / "other").read_bytes()
        )


@pytest.mark.parametrize("kind", PLOTS)
@pytest.mark.parametrize("fold", ["test", "selection"])
def test_the_plots_of_the_card_are_those_of_its_figures(fold: str, kind: str) -> None:
    graded = json.loads((WEIGHTS / ENSEMBLE).read_text())["figures"][fold]["grading"]
    shown = [one for one in graded if (one["source"], one["sequence"]) in GROUPS]
    drawn = curves(path_of(fold, kind))
    assert {name: len(points) for name, points in drawn.items()} == {
        f"{kind} {one['source']} {one['sequence']} {one['condition']}": len(one[kind]) for one in shown
    }
    assert any(f"(plots/{fold}-{kind}.svg)" in link for link in links(fold))
