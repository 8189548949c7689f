"""Real data for the tests, and what coverage is measured on. Unexpected skips fail the run."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.services.orthanc import NO_ORTHANC
from tests.services.postgresql import NO_POSTGRESQL

if TYPE_CHECKING:
    from spine_core.evaluation.types import LabelledImage
    from spine_core.networks.registry import Bundle

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SPINELENS_DATA") or ROOT / "../shared/data").resolve()
NO_DATA = "real data: SPINELENS_DATA names no folder"
NO_VALIDATOR = "dciodvfy is not installed"
NO_DCMTK = "dcmtk is not installed: no independent reader of DICOM objects"
NO_POPPLER = "poppler-utils is not installed: no independent reader of PDF"
NO_NETWORK = "this computer has no address but loopback"
NO_NODE = "node is not installed: the viewer's bundle was not built again"
"""These skips are no failures: validator and readers of DICOM and PDF are in Debian's packages only, and users of the
viewer need no Node.

A machine without a network has no address from which a server could be asked as another computer asks.

The same holds for a PostgreSQL server, without which the library is tested on SQLite, and for an Orthanc; a CI run
fails without them."""


NOT_TRACED = {ROOT / "tests" / name for name in ("pages", "docs")}
"""Tests of pages and documents, whose own code is not in ``spine_core``."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage is not measured while these and the slow tests run: it takes a third of their time.

    Other tests run the same lines; so what is printed is at most too low.
    """
    for item in items:
        if item.get_closest_marker("slow") or NOT_TRACED & set(item.path.parents):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory) -> Iterator[None]:
    """Tests never see the networks that a developer registered; servers that they start inherit this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPINELENS_HOME", str(tmp_path_factory.mktemp("home")))
        # Drawing thirty phantoms takes minutes; tests of it switch it on.
        patch.setenv("SPINELENS_PHANTOM_EXERCISES", "off")
        yield


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real lumbar MRI. The test is skipped where there is none."""
    if not DATA.is_dir():
        pytest.skip(NO_DATA)
    return DATA


@pytest.fixture(scope="session")
def labelled_images(data_dir: Path) -> tuple[LabelledImage, ...]:
    """All labelled images but the SPACE stacks; read once, which takes seconds."""
    from spine_core.training.datasets.registry import read_all

    return tuple(read_all(data_dir, space=False))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    allowed = hasattr(report, "wasxfail") or any(
        reason in str(report.longrepr)
        for reason in (NO_VALIDATOR, NO_DCMTK, NO_NODE, NO_POSTGRESQL, NO_ORTHANC, NO_POPPLER, NO_NETWORK)
    )
    if DATA.is_dir() and report.skipped and not allowed:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although the data are there: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report for report in terminalreporter.stats.get("skipped", ()) if NO_DATA in str(report.longrepr)
    ]
    terminalreporter.write_line(f"{len(skipped)} tests skipped for want of real data in {DATA}")


@pytest.fixture(scope="session")
def demo_folder() -> Path:
    """The demonstration study, drawn once for all workers; nothing may be written into it."""
    from filelock import FileLock

    from spine_core.phantom import demo_study

    folder = ROOT / ".cache" / "demo"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        return demo_study(folder)


@pytest.fixture(scope="session")
def smallest_network() -> Bundle:
    """The released networks with one grader instead of three: a third of the work where maps are compared."""
    from spine_core.networks.registry import load_bundle

    bundle = load_bundle()
    (smallest,) = [member for member in bundle.grader.members if member.id.name.endswith("_coarse")]
    return replace(bundle, grader=smallest, ood=None, thresholds={})


@pytest.fixture
def one_thread() -> Iterator[None]:
    """One thread: images this small gain nothing from more, and on a busy machine each layer would wait."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
