"""The library installed by pip in a separate environment, without access to the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    """The ``bin`` folder of a fresh environment with the wheel; dependencies come from this environment."""
    folder = tmp_path_factory.mktemp("install")
    run(
        folder,
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        folder,
        ROOT,
    )
    (wheel,) = folder.glob("spinelens-*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    run(folder, python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    own = run(folder, python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(own) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def run(folder: Path, *command: str | Path) -> str:
    """What the command prints. It runs in ``folder``, without access to the checkout."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    clean["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_package_and_its_weights_are_the_installed_ones(environment, tmp_path):
    code = (
        "import spine_core as sl; from spine_core.assets import ASSETS; from spine_core.networks.registry import *; "
        "load_bundle(); print(sl.__file__); print(ASSETS)"
    )
    for path in run(tmp_path, environment / "python", "-c", code).split():
        assert Path(path).is_relative_to(environment.parent), path
        assert not Path(path).is_relative_to(ROOT)


@pytest.mark.slow
def test_the_console_script_reads_a_study(environment, tmp_path, demo_folder):
    run(tmp_path, environment / "spinelens", "read", demo_folder, "--out", tmp_path / "out")
    assert '"L4/L5"' in (tmp_path / "out" / "reading.json").read_text()
