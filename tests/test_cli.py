"""The shell commands, as another program would call them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spine_core.anatomy.model import LEVELS
from spine_core.cli import main
from spine_core.phantom import demo_study


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_study(tmp_path_factory.mktemp("demo"))


def test_read_writes_series_discs_and_findings(demo: Path, tmp_path: Path) -> None:
    assert main(["read", str(demo), "--out", str(tmp_path)]) == 0
    reading = json.loads((tmp_path / "reading.json").read_text())
    assert {s["plane"] for s in reading["study"]["series"]} >= {"sagittal", "axial"}
    assert [d["level"] for d in reading["discs"]] == list(LEVELS)
    assert set(reading["discs"][0]) >= {
        "level", "series_uid", "file", "sop_instance_uid", "slice_index", "center_px", "posterior_px", "center_mm",
        "confidence",
    }  # fmt: skip
    assert len(reading["model"]["sha256"]) == 64
    pfirrmann = [f for f in reading["findings"] if f["condition"] == "pfirrmann"]
    assert all(set(f["probabilities"]) == {"1", "2", "3", "4", "5"} for f in pfirrmann)


def test_a_folder_of_pictures_is_read_each_by_itself(data_dir: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "in"
    pictures.mkdir()
    for name in ("0002_T2.png", "0003_T1.png"):
        (pictures / name).write_bytes((data_dir / "sudirman/images" / name).read_bytes())
    assert main(["read", str(pictures), "--each", "--spacing", "0.6875", "--out", str(tmp_path / "out")]) == 0
    lines = [json.loads(line) for line in (tmp_path / "out/readings.jsonl").read_text().splitlines()]
    assert [Path(line["path"]).name for line in lines] == ["0002_T2.png", "0003_T1.png"]
    assert all(len(line["discs"]) == len(LEVELS) for line in lines)
    t1 = {f["status"] for f in lines[1]["findings"] if f["condition"] == "pfirrmann"}
    assert t1 == {"not gradable"}


def test_explain_writes_maps_pictures_and_settings(demo: Path, tmp_path: Path) -> None:
    arguments = [
        "explain",
        str(demo),
        "--level",
        "L4/L5",
        "--condition",
        "pfirrmann",
        "--methods",
        "grad_cam",
    ]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    entry = json.loads((tmp_path / "explanations.json").read_text())["explanations"][0]
    assert entry["method"] == "grad_cam"
    assert np.load(tmp_path / entry["files"]["map"]).shape == (192, 192)
    assert (tmp_path / entry["files"]["overlay"]).stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read", "/nowhere/at/all", "--out", "OUT"], "no such file"),
        (["read", "README.md", "--out", "OUT"], "README.md"),
        (["evaluate", "--data", "/nowhere"], "splits.csv"),
        (["train", "experiment", "--data", "DATA"], "name"),
        (["train", "baselines", "starts", "--data", "DATA"], "name"),
        (["train", "search", "--trials", "0", "--data", "DATA"], "--trials"),
        (["train", "teacher", "--data", "DATA"], "--part"),
        (["train", "teacher", "--part", "5", "--data", "DATA"], "--part 5"),
        (["train", "anatomy", "--part", "1", "--data", "DATA"], "--part"),
        (["train", "ensemble", "--lessons", "--data", "DATA"], "--lessons"),
        (["train", "lessons", "--work", "/nowhere", "--data", "DATA"], "no teacher has answered"),
        (["train", "lessons", "--backbone", "resnet14", "--data", "DATA"], "--backbone"),
    ],
)
def test_bad_input_exits_2_with_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "splits.csv").touch()
    assert main([str(tmp_path) if a in ("OUT", "DATA") else a for a in arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert len(said.splitlines()) == 1


def test_an_unknown_method_is_named_with_the_known_ones(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "explain",
        str(demo),
        "--level",
        "L4/L5",
        "--condition",
        "pfirrmann",
        "--methods",
        "tea_leaves",
    ]
    assert main([*arguments, "--out", str(tmp_path)]) == 2
    assert "grad_cam" in capsys.readouterr().err
