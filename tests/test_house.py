from __future__ import annotations

import ast

import pytest

from tests.conftest import ROOT

MODULES = sorted((ROOT / "spine_core").rglob("*.py"))


def imported(path) -> set[str]:
    """Top-level packages that a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_knows_nothing_of_the_pages(path):
    assert not imported(path) & {"streamlit", "pages"}


def test_optuna_is_asked_in_one_place_that_only_training_reaches():
    (path,) = [path for path in MODULES if "optuna" in imported(path)]
    assert path.relative_to(ROOT).as_posix() == "spine_core/training/tuning/sampler.py"
    assert not [
        node for node in ast.parse(path.read_text()).body if "optuna" in ast.unparse(node) and is_import(node)
    ]


def is_import(node) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def test_the_requirements_name_no_host_and_pin_every_package():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
        assert lines
        assert all("==" in line for line in lines)
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "find-links" not in text
        assert "index-url" not in text


def test_torch_and_torchvision_are_pinned_as_a_pair():
    pins = (ROOT / "requirements.txt").read_text().splitlines()
    assert "torch==2.15.0" in pins
    assert "torchvision==0.29.2" in pins
