"""One study on disk for all tests of the phantom that need files."""

from __future__ import annotations

from pathlib import Path

import pytest

from spine_core.phantom import DEMO, Phantom, build, demo_study


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    return build(DEMO)


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_study(tmp_path_factory.mktemp("phantom") / "demo")
