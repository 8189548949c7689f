"""The documents: links that resolve, commands that parse, names that exist, a site that builds without warnings."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import spine_core as sl
from docs.tables import methods_page, metrics_page, primer_page
from spine_core.audit.reasons.registry import REASONS
from spine_core.cli.main import _parser
from spine_core.explanation.registry import REGISTRY
from tests.conftest import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^ *|`)(?:spinelens|python -m spine_core) ([a-z][^`#\n]*)", re.MULTILINE)
METHODS = re.compile(r"--methods ([a-z_,]+)|method(?:=m\) for m)? in \(([^)]*)\)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        for found in COMMAND.findall(path.read_text()):
            yield name_of(path), found.strip()


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_relative_links_lead_to_files_and_headings(path):
    for link in LINK.findall(path.read_text()):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.is_file(), link
        assert not anchor or anchor in anchors(file), link


def test_every_command_of_the_documents_parses(tmp_path, monkeypatch):
    """Placeholders stand for a backbone, and for files that need not exist while arguments are parsed."""
    monkeypatch.chdir(tmp_path)
    seen = list(commands())
    assert {text.split()[0] for _, text in seen} >= {
        "read",
        "explain",
        "compare",
        "train",
        "ablation",
        "benchmark",
    }
    for where, text in seen:
        words = shlex.split(text.replace("--backbone NAME", "--backbone resnet18"))
        try:
            _parser().parse_args(words)
        except Exception as error:
            pytest.fail(f"{where}: spinelens {text}: {error}")


def test_every_method_key_in_the_documents_is_registered():
    for path in DOCUMENTS:
        for first, second in METHODS.findall(path.read_text()):
            keys = re.findall(r"[a-z_]+", first or second)
            assert not set(keys) - {*REGISTRY, *REASONS}, name_of(path)


def test_the_tables_are_those_of_the_registries():
    assert (ROOT / "docs" / "methods.md").read_text() == methods_page(), "run make docs"
    assert (ROOT / "docs" / "metrics.md").read_text() == metrics_page(), "run make docs"
    assert (ROOT / "docs" / "how-to-read-a-map.md").read_text() == primer_page(), "run make docs"


@pytest.mark.parametrize("name", [name for name in sl.__all__ if name[0] != "_" and name != "DISCLAIMER"])
def test_every_public_name_is_documented_in_the_reference(name):
    found = getattr(sl, name)
    assert found.__doc__
    pages = "".join(path.read_text() for path in (ROOT / "docs" / "reference").glob("*.md"))
    assert f"spine_core.{name}\n" in pages or f"`sl.{name}`" in pages


def test_the_site_builds_without_warnings(tmp_path):
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "--quiet",
        "--fail-on-warning",
        "-b",
        "html",
        "docs",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "spine_core.open_study" in (tmp_path / "reference" / "library.html").read_text()
    assert (tmp_path / "_images" / "read.png").is_file()
