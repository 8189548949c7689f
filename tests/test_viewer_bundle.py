"""The viewer's source: its lock, its unit tests, and the bundle that is built from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import NO_NODE, ROOT

SOURCE = ROOT / "assets" / "viewer"

Npm = Callable[..., str]


@pytest.fixture(scope="session")
def viewer_copy(tmp_path_factory) -> Path:
    """A copy of the source without what was installed or built next to it."""
    copy = tmp_path_factory.mktemp("bundle") / "viewer"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    # Its unit tests cover the small components too.
    shutil.copytree(SOURCE.parent / "components", copy.parent / "components")
    return copy


@pytest.fixture(scope="session")
def npm(viewer_copy) -> Npm:
    """Runs npm in the copy, in which the locked packages are installed once."""
    path = shutil.which("npm")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_NODE)
        pytest.skip(NO_NODE)

    def run(*command: str) -> str:
        done = subprocess.run([path, *command], cwd=viewer_copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("ci", "--no-audit", "--no-fund", "--ignore-scripts")
    return run


def test_the_lock_names_no_host_but_the_public_registry_and_pins_every_requirement():
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    required = json.loads((SOURCE / "package.json").read_text())
    for name, version in (required["dependencies"] | required["devDependencies"]).items():
        assert version[0].isdigit(), f"{name} is not pinned"
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    for name, package in lock["packages"].items():
        if name:
            assert package["integrity"].startswith("sha512-")
            assert package.get("resolved", "https://registry.npmjs.org/").startswith(
                "https://registry.npmjs.org/"
            )


@pytest.mark.slow
def test_types_hold(npm):
    npm("run", "check")


def test_unit_tests_of_the_viewer_pass(npm, viewer_copy):
    npm("run", "test", "--", "--reporter=json", "--outputFile=result.json")
    result = json.loads((viewer_copy / "result.json").read_text())
    assert result["numPassedTests"] == result["numTotalTests"] > 50


def test_the_committed_bundle_is_built_from_the_source(npm, viewer_copy):
    npm("run", "build")
    assert [file.name for file in (viewer_copy / "dist").iterdir()] == ["viewer.js"], "one file"
    assert (viewer_copy / "dist" / "viewer.js").read_bytes() == (SOURCE / "dist" / "viewer.js").read_bytes()
