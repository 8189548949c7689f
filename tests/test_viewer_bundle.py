from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.conftest import NO_NODE, ROOT

SOURCE = ROOT / "assets" / "viewer"


def test_the_lock_names_no_host_but_the_public_registry_and_pins_what_is_asked_for():
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    wanted = json.loads((SOURCE / "package.json").read_text())
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert version[0].isdigit(), f"{name} is not pinned"
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    for name, package in lock["packages"].items():
        if name:
            assert package["integrity"].startswith("sha512-")
            assert package.get("resolved", "https://registry.npmjs.org/").startswith(
                "https://registry.npmjs.org/"
            )


def test_the_committed_bundle_is_what_the_source_builds(tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(NO_NODE)
    copy = tmp_path / "viewer"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    for command in (
        ["ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        ["run", "check"],
        ["run", "build"],
    ):
        done = subprocess.run([npm, *command], cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert [file.name for file in (copy / "dist").iterdir()] == ["viewer.js"], "one file"
    assert (copy / "dist" / "viewer.js").read_bytes() == (SOURCE / "dist" / "viewer.js").read_bytes()
