"""One command from the files of the competition to a registered network that reads a study."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS
from spine_core.cli.main import main
from spine_core.grading.read import read_study
from spine_core.networks.packages import store
from spine_core.networks.packages.contents import contents_of
from spine_core.networks.packages.loading import load_network
from spine_core.networks.packages.registration import examine
from spine_core.networks.registry import load_bundle
from spine_core.study import open_study, sources_from_path
from spine_core.training.rsna2024.dataset import CONDITIONS
from spine_core.training.rsna2024.views import VIEWS
from tests.training.rsna2024.made import TEST, TRAINING, WRONG

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(rsna_folder, tmp_path_factory) -> Iterator[Path]:
    """Folder of ``out`` and ``work`` after ``train rsna2024`` for one epoch."""
    folder = tmp_path_factory.mktemp("trained")
    arguments = ["--data", str(rsna_folder), "--out", str(folder / "out"), "--epochs", "1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPINELENS_HOME", str(folder / "home"))
        assert main(["train", "rsna2024", *arguments, "--checkpoint-dir", str(folder / "work")]) == 0
        yield folder


def test_the_package_is_of_five_views_and_its_sample_is_right(trained) -> None:
    contents = contents_of(trained / "out" / "package")
    assert contents.manifest.views == VIEWS
    slopes, offsets = contents.manifest.calibration
    assert len(slopes) == len(offsets) == 6
    # Fitted: no calibration study has a moderate recess, so that only the last step of that head has no data.
    assert (slopes[5], offsets[5]) == (1.0, 0.0)
    assert all(offset != 0.0 for offset in offsets[:4:2])
    assert load_network(contents).outputs == VIEWS[0].outputs


def test_the_figures_are_of_the_test_study_and_count_what_was_skipped(trained) -> None:
    figures = json.loads((trained / "out" / "figures.json").read_text())
    assert figures["studies"] == {"training": 1, "calibration": 1, "test": 1}
    assert list(figures["skipped"]) == [WRONG]
    assert list(figures["reasons_skipped"].values()) == [1]
    assert figures["without_images"] == []
    assert [row["condition"] for row in figures["test"]] == list(CONDITIONS)
    assert [row["crops"] for row in figures["test"]] == [5, 4, 5, 5, 5]
    assert figures["test"][1]["grades"] == {"normal_mild": 3, "moderate": 0, "severe": 1}
    assert all(row["weighted_log_loss"]["value"] > 0 for row in figures["test"])


def test_a_registered_network_reads_25_findings_from_the_inputs_of_its_training(trained, rsna_folder) -> None:
    one = store.register(trained / "out" / "package", "", lambda staged: examine(contents_of(staged)))
    bundle = store.with_stored_grader(load_bundle(), one.key)
    study = open_study(sources_from_path(rsna_folder / "train_images" / TRAINING))
    reading = read_study(study, bundle)
    found = {(finding.condition, finding.level): finding for finding in reading.findings}
    assert set(found) == {(condition, level) for condition in CONDITIONS for level in LEVELS}
    assert all(sum(finding.probabilities.values()) == pytest.approx(1) for finding in found.values())
    with np.load(trained / "work" / "crops" / f"{TRAINING}.npz") as stored:
        keys = zip(stored["conditions"].tolist(), stored["levels"].tolist(), strict=True)
        for key, pixels in zip(keys, stored["pixels"], strict=True):
            np.testing.assert_array_equal(reading.image_of(found[key]).pixels, pixels)


def test_a_second_run_resumes_and_writes_the_same_network(trained, rsna_folder, capsys) -> None:
    arguments = ["--data", str(rsna_folder), "--out", str(trained / "again"), "--epochs", "1"]
    assert main(["train", "rsna2024", *arguments, "--checkpoint-dir", str(trained / "work")]) == 0
    assert "resuming after epoch 0" in capsys.readouterr().out
    first, second = (contents_of(trained / name / "package") for name in ("out", "again"))
    assert first.sha256 == second.sha256


def test_without_a_training_study_the_command_says_so(rsna_folder, tmp_path, capsys) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for table in rsna_folder.glob("*.csv"):
        (data / table.name).write_bytes(table.read_bytes())
    (data / "train_images").mkdir()
    (data / "train_images" / TEST).symlink_to(rsna_folder / "train_images" / TEST)
    arguments = [
        "--data",
        str(data),
        "--out",
        str(tmp_path / "out"),
        "--checkpoint-dir",
        str(tmp_path / "work"),
    ]
    assert main(["train", "rsna2024", *arguments]) == 2
    assert capsys.readouterr().err == "error: train_images/: no study for training has discs with grades\n"


@pytest.mark.parametrize(("arguments", "words"), [
    (["--data", "DATA"], "required: --out"),
    (["--data", "DATA", "--out", "OUT"], "error: train.csv: there is no such file in "),
    (["--data", "/nowhere", "--out", "OUT"], "error: train.csv: there is no such file in /nowhere"),
    (["--data", "DATA", "--out", "OUT", "--epochs", "0"], "--epochs"),
    (["--data", "DATA", "--out", "OUT", "--package-version", "A b"], "is not a version"),
    (["--data", "DATA", "--out", "OUT", "--device", "tpu9"], "--device tpu9"),
])  # fmt: skip
def test_wrong_arguments_are_refused_in_one_sentence(arguments, words, tmp_path, capsys) -> None:
    (tmp_path / "data").mkdir()
    paths = {"DATA": str(tmp_path / "data"), "OUT": str(tmp_path / "out")}
    assert main(["train", "rsna2024", *(paths.get(one, one) for one in arguments)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
