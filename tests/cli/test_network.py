"""The commands ``network`` and ``convert``."""

from __future__ import annotations

import json
import pickle

import pytest
import torch
from safetensors.torch import load_file

from spine_core.cli.main import main
from spine_core.networks.packages import store
from spine_core.networks.packages.contents import contents_of
from spine_core.networks.packages.registration import examine
from tests.networks import packages


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))


@pytest.fixture
def registered(tmp_path):
    return store.register(
        packages.squeezenet(tmp_path / "package"), examine=lambda folder: examine(contents_of(folder))
    )


@pytest.mark.slow
def test_a_network_is_added_listed_tested_and_removed(tmp_path, capsys):
    folder = packages.onnx(tmp_path / "package")
    assert main(["network", "add", str(folder)]) == 0
    assert main(["network", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["onnx-net-1.0", "onnx-net-1.0"]
    assert "gradients" in lines[0]
    assert main(["network", "test", "onnx-net-1.0"]) == 0
    assert main(["network", "remove", "onnx-net-1.0"]) == 0
    assert main(["network", "remove", "onnx-net-1.0"]) == 2
    assert "no network called onnx-net-1.0 is registered; registered: none" in capsys.readouterr().err


def test_a_bad_package_is_one_sentence(tmp_path, capsys):
    folder = packages.squeezenet(tmp_path / "package")
    (folder / "sample.safetensors").unlink()
    assert main(["network", "add", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said == "error: sample.safetensors: the manifest names this file, and the package lacks it\n"
    assert main(["network", "add", str(tmp_path / "nothing")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


@pytest.mark.slow
def test_a_state_dict_is_converted_and_nothing_else(tmp_path, capsys):
    module = packages.small_module()
    source, target = tmp_path / "weights.pt", tmp_path / "weights.safetensors"
    torch.save({"epoch": 3, "state_dict": module.state_dict()}, source)
    assert main(["convert", str(source), str(target)]) == 0
    found = load_file(target)
    for name, value in module.state_dict().items():
        assert torch.equal(found[name], value)
    capsys.readouterr()

    torch.save(module, tmp_path / "whole.pt")
    assert main(["convert", str(tmp_path / "whole.pt"), str(tmp_path / "b.safetensors")]) == 2
    assert "whole.pt: it is not a plain state dict" in capsys.readouterr().err
    torch.save([1, 2], tmp_path / "list.pt")
    assert main(["convert", str(tmp_path / "list.pt"), str(tmp_path / "b.safetensors")]) == 2
    assert "it holds no state dict" in capsys.readouterr().err
    assert not (tmp_path / "b.safetensors").exists()
    assert main(["convert", str(source), str(tmp_path / "b.bin")]) == 2


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_code_in_a_pickle_is_never_run(tmp_path, capsys):
    trace, source = tmp_path / "ran", tmp_path / "evil.pt"
    with source.open("wb") as file:
        pickle.dump({"state_dict": Harmful(str(trace))}, file)
    assert main(["convert", str(source), str(tmp_path / "out.safetensors")]) == 2
    assert not trace.exists()
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.slow
def test_a_registered_network_reads_and_explains_from_the_shell(tmp_path, demo_folder, registered, capsys):
    out = tmp_path / "out"
    arguments = [
        "explain",
        str(demo_folder),
        "--network",
        registered.key,
        "--out",
        str(out),
        "--level",
        "L4/L5",
    ]
    assert main([*arguments, "--condition", "central_stenosis", "--methods", "grad_cam"]) == 0
    written = json.loads((out / "explanations.json").read_text())
    [one] = written["explanations"]
    assert one["network"]["name"] == registered.key
    assert one["target"]["condition"] == "central_stenosis"
    assert main([*arguments, "--condition", "bulging"]) == 2
    assert "the network has no 'bulging'; it has pfirrmann, central_stenosis" in capsys.readouterr().err
    assert main([*arguments, "--condition", "pfirrmann", "--grade", "9"]) == 2
    assert main(["read", str(demo_folder), "--network", "nobody-1", "--out", str(out)]) == 2
    assert "no network called nobody-1" in capsys.readouterr().err


@pytest.mark.slow
def test_a_network_is_evaluated_and_calibrated_on_labelled_studies(tmp_path, demo_folder, registered, capsys):
    studies = tmp_path / "studies"
    studies.mkdir()
    lines = ["study,patient,level,condition,grade"]
    grades = {"L1/L2": "1", "L2/L3": "2", "L3/L4": "3", "L4/L5": "4", "L5/S1": "IV"}
    for number in range(2):
        (studies / f"s{number}").symlink_to(demo_folder)
        lines += [f"s{number},p{number},{level},pfirrmann,{grade}" for level, grade in grades.items()]
    lines += ["missing,p9,L4/L5,pfirrmann,3"]
    (studies / "labels.csv").write_text("\n".join(lines))
    out = tmp_path / "out"
    assert main(["network", "evaluate", registered.key, str(studies), "--out", str(out)]) == 0
    found = json.loads((out / "evaluation.json").read_text())
    assert found["patients"] == 2
    assert sum(found["problems"].values()) == 1
    assert [row["at_least"] for row in found["grading"]] == ["2", "3", "4"]
    assert {row["discs"] for row in found["grading"]} == {10}
    assert (
        main(["network", "evaluate", registered.key, str(studies), "--out", str(out), "--calibrate", "0.5"])
        == 0
    )
    found = json.loads((out / "evaluation.json").read_text())
    assert (found["fitted_on"], found["patients"]) == (1, 1)
    assert found["registered"] == "squeezenet-1.0-calibrated"
    better = store.stored_network("squeezenet-1.0-calibrated")
    assert better.manifest.calibration is not None
    assert set(better.manifest.thresholds) == {"pfirrmann"}
    (studies / "labels.csv").write_text("study,level,condition,grade\ns0,L4/L5,gout,1\n")
    capsys.readouterr()
    assert main(["network", "evaluate", registered.key, str(studies), "--out", str(out)]) == 2
    assert "labels.csv, line 2: the network has no 'gout'" in capsys.readouterr().err
