"""The command ``library``."""

from __future__ import annotations

import pytest

from spine_core.cli.main import main
from tests.library.making import picture


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)


@pytest.fixture
def studies(tmp_path):
    for seed in range(2):
        folder = tmp_path / "studies" / f"s{seed}"
        folder.mkdir(parents=True)
        (folder / "t2.png").write_bytes(picture(seed).data)
    (tmp_path / "studies" / "labels.csv").write_text("study,level,condition,grade\ns0,L4/L5,pfirrmann,IV\n")
    return tmp_path / "studies"


def library(*arguments: object) -> int:
    return main(["library", *map(str, arguments)])


def test_studies_are_imported_listed_deleted_backed_up_and_restored(studies, tmp_path, capsys, monkeypatch):
    assert library("add-person", "Anna", "--role", "teacher") == 0
    assert library("people") == 0
    assert capsys.readouterr().out == "Anna\tteacher\n"
    assert library("set-role", "Anna", "auditor") == 0
    assert capsys.readouterr().out == "Anna\tauditor\n"
    wanted = ("--as", "Anna", "--unread", "--accept-warnings", "--tag", "trial")
    assert library("import", studies, *wanted, "--labels", studies / "labels.csv") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == "2 kept, 0 known already, 1 refused"
    assert out[0].startswith("refused\tlabels.csv\t")
    assert library("list", "--as", "Anna") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all("trial" in line for line in lines)
    assert library("delete", "--as", "Anna", lines[0].split("\t")[0]) == 0
    backup = tmp_path / "backup.zip"
    assert library("backup", backup) == 0
    assert library("restore", backup) == 2
    assert "empty library only" in capsys.readouterr().err
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "other"))
    assert library("restore", backup) == 0
    assert library("list", "--as", "Anna") == 0
    assert capsys.readouterr().out.splitlines()[-1] == lines[1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("list", "--as", "Nobody"), "nobody is called Nobody"),
        (("import", "/nothing/there", "--as", "Anna"), "no such file or folder"),
        (("restore", "/nothing/there"), "no such file or folder"),
        (("add-person", "  "), "1 to 80 letters"),
        (("set-role", "Nobody", "teacher"), "no such person"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, reason, capsys):
    assert library(*arguments) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert "Traceback" not in error
