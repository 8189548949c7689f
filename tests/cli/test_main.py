"""The shell commands, called as another program calls them."""

from __future__ import annotations

import errno
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS
from spine_core.cli.main import main
from spine_core.networks.registry import Bundle
from spine_core.weights import WeightsError
from tests.study.made import mr, stored


def test_read_writes_series_discs_and_findings(demo_folder: Path, tmp_path: Path) -> None:
    assert main(["read", str(demo_folder), "--out", str(tmp_path)]) == 0
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


@pytest.mark.slow
def test_each_image_of_a_folder_is_read_separately(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("0002_T2.png", "0003_T1.png"):
        (folder / name).write_bytes((data_dir / "sudirman/images" / name).read_bytes())
    assert main(["read", str(folder), "--each", "--spacing", "0.6875", "--out", str(tmp_path / "out")]) == 0
    lines = [json.loads(line) for line in (tmp_path / "out/readings.jsonl").read_text().splitlines()]
    assert [Path(line["path"]).name for line in lines] == ["0002_T2.png", "0003_T1.png"]
    assert all(len(line["discs"]) == len(LEVELS) for line in lines)
    t1 = {f["status"] for f in lines[1]["findings"] if f["condition"] == "pfirrmann"}
    assert t1 == {"not gradable"}


def test_explain_writes_maps_overlays_and_settings(
    demo_folder: Path, tmp_path: Path, smallest_network: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spine_core.cli.explain.networks_of", lambda args: smallest_network)
    arguments = [
        "explain",
        str(demo_folder),
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


def test_compare_writes_a_page_a_table_and_json(
    demo_folder: Path, tmp_path: Path, smallest_network: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spine_core.cli.explain.networks_of", lambda args: smallest_network)
    finding = ["--level", "L4/L5", "--condition", "pfirrmann", "--methods", "grad_cam,eigen_cam"]
    assert main(["compare", str(demo_folder), *finding, "--out", str(tmp_path)]) == 0
    values = json.loads((tmp_path / "comparison.json").read_text())
    assert [one["method"] for one in values["verdicts"]] == ["grad_cam", "eigen_cam"]
    assert values["summary"] in (tmp_path / "comparison.html").read_text()
    assert (tmp_path / "comparison.csv").read_text().startswith("study_sha256,synthetic,level,")


def test_a_command_does_not_change_its_callers_logging(tmp_path: Path) -> None:
    logger = logging.getLogger("spine_core")
    before = logger.level
    assert main(["read", str(tmp_path / "missing"), "--out", str(tmp_path / "out")]) == 2
    assert logger.level == before


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The only line on stderr of a command that ends with status 2."""
    assert main(arguments) == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("error: ")
    assert len(errors.splitlines()) == 1
    assert "usage" not in errors
    return errors


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """One small DICOM file."""
    path = tmp_path / "image.dcm"
    path.write_bytes(stored(mr()))
    return path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read", "/nowhere/at/all", "--out", "OUT"], "no such file"),
        (["read", "README.md", "--out", "OUT"], "README.md"),
        (["evaluate", "--data", "/nowhere"], "splits.csv"),
        (["ablation", "--data", "DATA"], "name"),
        (["train", "--data", "DATA"], "TARGET"),
        (["train", "baselines", "init", "--data", "DATA"], "unrecognized arguments: init"),
        (["tune", "--trials", "0", "--data", "DATA"], "--trials: 0 is not 1 or more"),
        (["train", "teacher", "--data", "DATA"], "required: --fold"),
        (["train", "teacher", "--fold", "5", "--data", "DATA"], "--fold: invalid choice: 5"),
        (["train", "detector", "--fold", "1", "--data", "DATA"], "--fold"),
        (["train", "ensemble", "--distill", "--data", "DATA"], "--distill"),
        (["train", "teacher", "--distill", "--fold", "1", "--data", "DATA"], "--distill"),
        (
            ["train", "soft-targets", "--checkpoint-dir", "/nowhere", "--data", "DATA"],
            "no teacher predictions",
        ),
        (["train", "soft-targets", "--backbone", "resnet14", "--data", "DATA"], "--backbone"),
        (["train", "grader", "--trials", "3", "--data", "DATA"], "--trials"),
        (["train", "grader", "--backbone", "vgg99", "--data", "DATA"], "--backbone"),
        (["train", "grader", "--device", "tpu9", "--data", "DATA"], "--device tpu9"),
        (["train", "grader", "--seed", "-1", "--data", "DATA"], "--seed"),
        (["train", "segmenter", "--volumes", "/nowhere", "--data", "DATA"], "--volumes"),
        (["train", "segmenter", "--checkpoint-dir", "FILE", "--data", "DATA"], "is a file"),
        (["tune", "--trials", "x", "--data", "DATA"], "--trials"),
        (["ablation", "tea", "--data", "DATA"], "invalid choice: 'tea'"),
        (["train", "everything", "--data", "DATA"], "invalid choice: 'everything'"),
        *(
            (["train", old, "--data", "DATA"], f"invalid choice: '{old}'")
            for old in ("anatomy", "outliner", "lessons")
        ),
        (["phantom", "--out", "OUT", "--herniation", "L9"], "unknown level 'L9'"),
        (["phantom", "--out", "OUT", "--herniation", "L4/L5=nan"], "not a number"),
        (["phantom", "--out", "OUT", "--modic", "L4/L5=inf"], "not a number"),
        (["phantom", "--out", "OUT", "--herniation", "L4/L5=1e9"], "between 0 and 10"),
        (["phantom", "--out", "OUT", "--seed", "-1"], "--seed"),
        (["phantom", "--out", "OUT", "--seed", "1.5"], "--seed: '1.5' is not a whole number"),
        (["phantom"], "--out"),
        (["benchmark", "--out", "OUT", "--pairs", "0"], "--pairs"),
        (["benchmark", "--out", "OUT", "--methods", "tea"], "unknown method tea"),
        (["benchmark", "--out", "OUT", "--real-data", "/nowhere"], "splits.csv"),
        (["benchmark", "--out", "FILE"], "is a file"),
        ([], "COMMAND"),
        (["divine"], "invalid choice: 'divine'"),
    ],
)
def test_bad_input_exits_2_with_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "splits.csv").touch()
    there = {"OUT": str(tmp_path), "DATA": str(tmp_path), "FILE": str(tmp_path / "splits.csv")}
    assert words in complaint(capsys, *(there.get(a, a) for a in arguments))


def test_an_unknown_method_is_named_with_the_known_ones(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "explain",
        str(demo_folder),
        "--level",
        "L4/L5",
        "--condition",
        "pfirrmann",
        "--methods",
        "tea_leaves",
    ]
    assert main([*arguments, "--out", str(tmp_path)]) == 2
    assert "grad_cam" in capsys.readouterr().err


BAD_VALUES = [
    (["--spacing", "0"], "between 0.05 and 5 mm"),
    (["--spacing=-1"], "between 0.05 and 5 mm"),
    (["--spacing", "nan"], "'nan' is not a number"),
    (["--spacing", "inf"], "'inf' is not a number"),
    (["--spacing", "1e9"], "between 0.05 and 5 mm"),
    (["--spacing", "wide"], "'wide' is not a number"),
    (["--weighting", "t7"], "invalid choice: 't7' (choose from 't1', 't2'"),
    (["--patient", "0"], "--patient: 0 is not 1 or more"),
    (["--patient=-2"], "--patient"),
    (["--patient", "one"], "--patient: 'one' is not a whole number"),
    (["--out", "FILE"], "is a file, not a folder"),
    (["--out", "FILE/below"], "is a file, not a folder"),
    (["--out", "/dev/null/x"], "is a file, not a folder"),
    (["--out", "/proc/spine"], "cannot be created"),
    (["--out", ""], "the path is empty"),
    (["--unknown"], "unrecognized arguments: --unknown"),
]


@pytest.mark.parametrize(("values", "words"), BAD_VALUES)
@pytest.mark.parametrize("command", ["read", "explain"])
def test_bad_values_are_refused_before_anything_is_read(
    command: str, values: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def opened(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("spine_core.study.open_study", opened)
    monkeypatch.setattr("spine_core.networks.registry._load", opened)
    (tmp_path / "file").touch()
    more = ["--level", "L4/L5", "--condition", "pfirrmann"] if command == "explain" else []
    values = [value.replace("FILE", str(tmp_path / "file")) for value in values]
    arguments = [command, str(tmp_path), "--out", str(tmp_path / "out"), *more, *values]
    assert words in complaint(capsys, *arguments)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--level", "L9/S1", "--condition", "pfirrmann"], "invalid choice: 'L9/S1'"),
        (["--level", "L4/L5", "--condition", "tea"], "the network has no 'tea'; it has pfirrmann"),
        (["--level", "L4/L5"], "required: --condition"),
        (["--level", "L4/L5", "--condition", "pfirrmann", "--grade", "9"], "pfirrmann has no grade '9'"),
        (["--level", "L4/L5", "--condition", "pfirrmann", "--methods", ","], "--methods: no method given"),
        (["--level", "L4/L5", "--condition", "pfirrmann", "--methods", "lime,tea"], "unknown method tea"),
        (["--level", "L4/L5", "--condition", "pfirrmann", "--seed", "4294967296"], "--seed"),
    ],
)
def test_an_unknown_target_is_refused_before_anything_is_read(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("spine_core.study.open_study", None)
    assert words in complaint(capsys, "explain", str(tmp_path), "--out", str(tmp_path / "out"), *arguments)


@pytest.mark.parametrize("path", ["", "/dev/zero", "x" * 300])
def test_a_path_that_does_not_exist_is_reported(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    complaint(capsys, "read", path, "--out", str(tmp_path))


def test_a_path_without_read_permission_is_reported(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    for method in ("open", "is_file", "exists"):  # of the file, of the folder above it, of that above
        with monkeypatch.context() as patch:
            patch.setattr(Path, method, denied)
            assert main(["read", str(image), "--out", str(tmp_path)]) == 2
        errors = capsys.readouterr().err
        assert len(errors.splitlines()) == 1
        assert "read" in errors or "denied" in errors


def test_an_unknown_patient_is_reported(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = complaint(capsys, "read", str(image), "--patient", "2", "--out", str(tmp_path))
    assert "the files are of one patient" in errors


def test_missing_weights_are_reported_in_one_sentence(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(folder: Path, device: str) -> None:
        msg = "the weights are missing"
        raise WeightsError(msg)

    monkeypatch.setattr("spine_core.networks.registry._load", missing)
    assert "weights are missing" in complaint(capsys, "read", str(image), "--out", str(tmp_path))


def test_a_full_disk_is_reported_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "study"))

    monkeypatch.setattr("spine_core.phantom.make_from_cli", full)
    assert "No space left" in complaint(capsys, "phantom", "--out", str(tmp_path))


def test_ctrl_c_ends_quietly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("spine_core.study.open_study", interrupted)
    (tmp_path / "file").touch()
    assert main(["read", str(tmp_path / "file"), "--out", str(tmp_path)]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_closed_output_pipe_ends_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "spine_core", "read", "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_importing_the_command_line_loads_neither_torch_nor_pydicom() -> None:
    code = "import sys, spine_core.cli.main; print(*{'torch', 'pydicom', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
