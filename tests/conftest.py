"""Real data for the tests. Unexpected skips fail the run."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SPINELENS_DATA") or ROOT / "../shared/data").resolve()
NO_DATA = "real data: SPINELENS_DATA names no folder"
NO_VALIDATOR = "dciodvfy is not installed"
NO_NODE = "node is not installed: the viewer's bundle was not built again"
"""These skips are no failures: the validator is in Debian's packages only, and users of the viewer need no Node."""


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real lumbar MRI. The test is skipped where there is none."""
    if not DATA.is_dir():
        pytest.skip(NO_DATA)
    return DATA


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    allowed = hasattr(report, "wasxfail") or any(
        reason in str(report.longrepr) for reason in (NO_VALIDATOR, NO_NODE)
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


@pytest.fixture
def one_thread() -> Iterator[None]:
    """One thread: images this small gain nothing from more, and on a busy machine each layer would wait."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
