"""The command ``batch`` with real workers."""

from __future__ import annotations

import sys
from types import ModuleType

import pandas as pd
import pytest

from spine_core.audit.batch.store import batches
from spine_core.cli.main import main
from spine_core.library.keeping import keep, prepare
from spine_core.library.people import add_person
from spine_core.library.store import open_library
from spine_core.library.types import Role
from spine_core.networks.packages import store
from spine_core.networks.packages.contents import contents_of
from spine_core.networks.packages.registration import examine
from spine_core.study import open_study, sources_from_path
from tests.conftest import ROOT
from tests.library.making import kept
from tests.networks import packages


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # Workers would run the script that a test of pages left as the main module.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@pytest.mark.slow
def test_kept_cases_are_explained_once_and_written_as_parquet(tmp_path, demo_folder, capsys):
    library = open_library()
    anna = add_person(library, "Anna")
    sources = sources_from_path(demo_folder)
    keep(library, anna, prepare(library, open_study(sources), sources))
    # A picture of noise, in which nothing is found.
    kept(library, anna, seed=1)
    folder = packages.squeezenet(tmp_path / "package")
    key = store.register(folder, examine=lambda folder: examine(contents_of(folder))).key
    wanted = [
        "batch", "--cases", "--as", "Anna", "--network", key, "--methods", "grad_cam", "--conditions", "pfirrmann",
        "--levels", "L4/L5,L5/S1", "--backend", "torch", "--workers", "1", "--out", str(tmp_path / "out"),
    ]  # fmt: skip
    assert main(wanted) == 0
    first = capsys.readouterr().out.splitlines()
    assert first[0].endswith(": 1 done, 1 failed")
    maps = pd.read_parquet(tmp_path / "out" / "maps.parquet")
    assert list(maps[~maps["control"]]["level"].sort_values()) == ["L4/L5", "L5/S1"]
    assert set(maps["network"]) == {key}
    assert maps["metric.deletion.blur"].notna().all()
    studies = pd.read_parquet(tmp_path / "out" / "studies.parquet")
    assert "no finding of the plan was graded" in set(studies["reason"])
    assert main(wanted) == 0
    assert pd.read_parquet(tmp_path / "out" / "maps.parquet").equals(maps)
    batch_id = first[0].partition(":")[0]
    assert main(["batch", "--resume", batch_id, "--as", "Anna"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == first[0]
    # It stays the batch of who began it, whoever resumes it.
    chief = add_person(library, "Chief", Role.ADMINISTRATOR)
    assert main(["batch", "--resume", batch_id, "--as", "Chief"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == first[0]
    assert [one.id for one in batches(library, chief)] == [batch_id]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--cases", "--as", "Nobody"), "nobody is called Nobody"),
        (("--cases", "--as", "Anna"), "Anna sees no such case"),
        (("--folder", "/nothing/there", "--as", "Anna"), "there are no files"),
        (("--resume", "x", "--as", "Anna"), "no such batch"),
        (("--cases", "--as", "Anna", "--network", "none"), "no network called none"),
        (("--cases", "--as", "Anna", "--levels", "L6"), "levels must be"),
        (("--cases", "--as", "Anna", "--methods", "magic"), "magic"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, reason, capsys):
    add_person(open_library(), "Anna")
    assert main(["batch", *arguments]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert "Traceback" not in error
