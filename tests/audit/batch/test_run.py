"""Batches run by real Dask workers; the work on a study is the small one of ``working``, except in the last tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import URL, func, select

from spine_core.audit.batch.run import DIED, run_batch
from spine_core.audit.batch.store import get_batch
from spine_core.audit.batch.table import VARYING, batch_table, study_table
from spine_core.audit.batch.types import Status
from spine_core.library.database.engine import Database
from spine_core.library.database.schema import BatchMapRow, BatchStudyRow, MapRow
from spine_core.library.people import add_person
from spine_core.library.store import Library
from tests.audit.batch.working import KILLER, plan, sources, work
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _workers_start_here(monkeypatch):
    """Workers find the tests, and do not run the script that a test of pages left as the main module."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def of(folder: Path) -> Library:
    folder.mkdir(exist_ok=True)
    return Library(folder, Database(URL.create("sqlite", database=str(folder / "library.db"))))


def counted(library: Library) -> dict[str, int]:
    with library.database.reading() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (BatchStudyRow, BatchMapRow, MapRow)
        }


def compared(table):
    return table.drop(columns=[*VARYING]).reset_index(drop=True)


def test_any_number_of_workers_and_a_scheduler_by_address_give_equal_rows(tmp_path, scheduler):
    found = []
    for name, options in {
        "1": {"workers": 1},
        "2": {"workers": 2},
        "cluster": {"scheduler": scheduler},
    }.items():
        library = of(tmp_path / name)
        anna = add_person(library, "Anna")
        batch_id = run_batch(library, anna, plan(), sources(10), work=work, **options)
        assert get_batch(library, anna, batch_id).finished is not None
        found.append(compared(batch_table(library, anna, batch_id)))
        library.database.close()
    assert len(found[0]) == 18
    assert all(table.equals(found[0]) for table in found[1:])


@pytest.fixture
def scheduler(tmp_path):
    """Address of a scheduler with one worker, each a process of its own, as on a cluster."""
    file = tmp_path / "scheduler.json"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    commands = [
        ["dask", "scheduler", "--no-dashboard", "--port", "0", "--host", "127.0.0.1", "--scheduler-file", str(file)],
        ["dask", "worker", "--no-dashboard", "--nthreads", "1", "--scheduler-file", str(file)],
    ]  # fmt: skip
    folder = Path(sys.executable).parent
    with (tmp_path / "dask.log").open("wb") as log:
        processes = [
            subprocess.Popen([folder / name, *rest], stdout=log, stderr=log, env=environment, cwd=tmp_path)
            for name, *rest in commands
        ]
        try:
            until = time.monotonic() + 60
            while not file.exists():
                assert time.monotonic() < until, (tmp_path / "dask.log").read_text()
                time.sleep(0.05)
            import json

            yield json.loads(file.read_text())["address"]
        finally:
            for process in processes[::-1]:
                process.terminate()
                process.wait(30)


# On a single worker the study that waits behind the killer goes down with it each time.
@pytest.mark.parametrize("workers", [1, 2])
def test_a_study_that_kills_its_worker_is_a_row_and_the_others_are_done(tmp_path, workers):
    library = of(tmp_path / "library")
    anna = add_person(library, "Anna")
    batch_id = run_batch(library, anna, plan(), sources(16), workers=workers, work=work)
    studies = study_table(library, anna, batch_id).set_index("source")
    assert studies.loc[sources(16)[KILLER].id, "reason"] == DIED
    assert get_batch(library, anna, batch_id).counts == {Status.DONE: 13, Status.FAILED: 3}
    library.database.close()


RUNNING = """
import sys
from pathlib import Path
from spine_core.audit.batch.run import run_batch
from spine_core.library.people import people
from tests.audit.batch.test_run import of
from tests.audit.batch.working import KILLER, plan, sources, work

if __name__ == "__main__":
    library = of(Path(sys.argv[1]))
    ids = [one for one in sources(61) if int(one.id, 16) != KILLER]
    run_batch(library, people(library)[0], plan(), ids, workers=1, work=work,
              progress=lambda done, what="": print(done, flush=True))
"""


def test_a_run_that_is_killed_ten_times_ends_with_every_row_once(tmp_path):
    library = of(tmp_path / "library")
    anna = add_person(library, "Anna")
    script = tmp_path / "running.py"
    script.write_text(RUNNING)
    killed, before = 0, 0
    while killed < 10:
        process = subprocess.Popen(
            [sys.executable, script, library.folder],
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        # It dies in the middle of its work: after the third study that this run has stored.
        lines = [process.stdout.readline() for _ in range(4)]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert all(lines), "it ended by itself"
        killed += 1
        after = counted(library)["batch_studies"]
        assert after >= before + 3
        before = after
    ids = [one for one in sources(61) if int(one.id, 16) != KILLER]
    batch_id = run_batch(library, anna, plan(), ids, workers=1, work=work)
    assert counted(library) == {"batch_studies": 60, "batch_maps": 2 * 52, "maps": 2 * 52}
    clean = of(tmp_path / "clean")
    other = run_batch(clean, add_person(clean, "Anna"), plan(), ids, workers=1, work=work)
    once = batch_table(clean, anna, other)
    assert compared(batch_table(library, anna, batch_id)).equals(compared(once))
    assert sorted(library.content.hashes()) == sorted(clean.content.hashes())
    library.database.close()
    clean.database.close()
