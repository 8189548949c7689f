"""Studies per hour of `spinelens batch` by the number of workers, and its coordinator: `make bench-batch`.

Prints two tables and asserts nothing. The first runs the whole work on phantoms with a small registered network; the
second runs work that takes no time, so that what is measured is handing out, storing and finding again.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from spine_core.audit.batch.run import run_batch
from spine_core.audit.batch.sources import sources_of_folder
from spine_core.audit.batch.types import Backend, BatchPlan, Source
from spine_core.library.database.engine import Database
from spine_core.library.people import add_person
from spine_core.library.store import Library
from spine_core.networks.packages import store
from spine_core.phantom import build, random_case
from spine_core.phantom.dicom import write_study
from tests.audit.batch import working
from tests.networks import packages

REPORTED = 1000
"""Studies between two lines of the second table."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantoms", type=int, default=12)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--many", type=int, default=10_000, help="studies of the second table")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    with TemporaryDirectory() as folder:
        os.environ["SPINELENS_HOME"] = f"{folder}/home"
        _throughput(Path(folder), args.phantoms, args.workers)
        _coordinator(Path(folder), args.many)


def _throughput(folder: Path, phantoms: int, workers: Sequence[int]) -> None:
    network = store.register(packages.squeezenet(folder / "package")).key
    for seed in range(phantoms):
        write_study(build(random_case(seed)), folder / "studies" / f"{seed}")
    sources = [one for one in sources_of_folder(folder / "studies") if len(one.files) > 1]
    plan = BatchPlan(
        ("grad_cam", "lime"), ("pfirrmann",), ("L4/L5", "L5/S1"), (network,), backend=Backend.TORCH
    )
    print(
        f"{len(sources)} phantoms, two findings each, Grad-CAM and LIME of a SqueezeNet, {os.cpu_count()} cores"
    )
    print(f"{'workers':>8} {'seconds':>8} {'studies/h':>10} {'efficiency':>11}")
    alone = 0.0
    for count in workers:
        seconds = _timed(folder / f"with-{count}", plan, sources, workers=count)
        alone = alone or seconds * count
        print(
            f"{count:>8} {seconds:>8.0f} {3600 * len(sources) / seconds:>10.0f} {alone / seconds / count:>10.0%}"
        )


def _coordinator(folder: Path, many: int) -> None:
    print(f"\n{many} studies whose work takes no time, one worker")
    print(f"{'studies':>8} {'seconds':>8} {'memory MB':>10}")
    started, last = time.perf_counter(), [0]

    def report(done: float, what: str = "") -> None:
        finished = round(done * many)
        if finished // REPORTED > last[0]:
            last[0] = finished // REPORTED
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{finished:>8} {time.perf_counter() - started:>8.0f} {memory:>10.0f}", flush=True)

    sources = [one for one in working.sources(many) if int(one.id, 16) != working.KILLER]
    _timed(
        folder / "many", working.plan(keep_maps=False), sources, workers=1, work=working.work, progress=report
    )


def _timed(folder: Path, plan: BatchPlan, sources: Sequence[Source], **options: object) -> float:
    folder.mkdir()
    library = Library(folder, Database(URL.create("sqlite", database=str(folder / "library.db"))))
    started = time.perf_counter()
    run: Callable[..., str] = run_batch
    run(library, add_person(library, "Anna"), plan, sources, **options)
    library.database.close()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
