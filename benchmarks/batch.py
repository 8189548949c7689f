"""Studies per hour of `spinelens batch` by the number of workers, and its coordinator: `make bench-batch`.

Prints three tables and asserts nothing. The first runs the whole work on phantoms with a small registered network; the
second runs work that takes no time on many studies, so that what is measured is handing out, storing and finding again;
the third runs the whole work on as many single slices, which takes about six hours for 10,000 on two cores. Each of its
lines is one more of its tenths, so that a run that is stopped has told what it measured.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from PIL import Image
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
from spine_core.phantom.render import mid_slice
from spine_core.study.types import Weighting
from tests.audit.batch import working
from tests.networks import packages

PEOPLE = 8
"""Phantoms whose slices are the studies of the third table."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantoms", type=int, default=12)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--many", type=int, default=10_000, help="studies of the second table")
    parser.add_argument("--slices", type=int, default=10_000, help="studies of the third table")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    with TemporaryDirectory() as folder:
        os.environ["SPINELENS_HOME"] = f"{folder}/home"
        network = store.register(packages.squeezenet(Path(folder) / "package")).key
        if args.phantoms:
            _throughput(Path(folder), network, args.phantoms, args.workers)
        if args.many:
            _coordinator(Path(folder), args.many)
        if args.slices:
            _slices(Path(folder), network, args.slices)


def _throughput(folder: Path, network: str, phantoms: int, workers: Sequence[int]) -> None:
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
    sources = [one for one in working.sources(many) if int(one.id, 16) != working.KILLER]
    plan = working.plan(keep_maps=False)
    _timed(folder / "many", plan, sources, workers=1, work=working.work, progress=_table(many))


def _slices(folder: Path, network: str, many: int) -> None:
    print(f"\n{many} single slices of phantoms, Grad-CAM of Pfirrmann at L4/L5 of a SqueezeNet, two workers")
    plan = BatchPlan(
        ("grad_cam",), ("pfirrmann",), ("L4/L5",), (network,), backend=Backend.TORCH, keep_maps=False
    )
    _timed(folder / "tiny", plan, _slice_studies(folder / "pictures", many), workers=2, progress=_table(many))


def _slice_studies(folder: Path, many: int) -> list[Source]:
    """Pictures of ``PEOPLE`` phantoms' middle slices, each with noise of its own: no two studies are equal."""
    folder.mkdir()
    slices = []
    for seed in range(PEOPLE):
        phantom = build(random_case(seed))
        values = mid_slice(phantom, "t2")[0]
        slices.append((values / values.max(), phantom.sagittal.spacing[0]))
    made = []
    for number in range(many):
        values, spacing = slices[number % PEOPLE]
        noise = np.random.default_rng(number).normal(0.0, 0.01, values.shape)
        path = folder / f"{number}.png"
        Image.fromarray((np.clip(values + noise, 0, 1) * 255).astype(np.uint8)).save(path)
        made.append(
            Source(f"{number:064x}", ((path.name, path),), weighting=Weighting.T2.value, spacing=spacing)
        )
    return made


def _table(many: int) -> Callable[[float, str], None]:
    """Prints a line for every tenth of ``many`` studies."""
    print(f"{'studies':>8} {'seconds':>8} {'studies/h':>10} {'memory MB':>10}")
    started, last = time.perf_counter(), [0]

    def report(done: float, what: str = "") -> None:
        finished = round(done * many)
        if finished * 10 // many > last[0]:
            last[0] = finished * 10 // many
            seconds = time.perf_counter() - started
            print(
                f"{finished:>8} {seconds:>8.0f} {3600 * finished / seconds:>10.0f} {_memory():>10.0f}",
                flush=True,
            )

    return report


def _memory() -> float:
    """MB that the coordinator and its workers hold now; pages that they share count for each."""
    own = psutil.Process()
    return sum(one.memory_info().rss for one in (own, *own.children(recursive=True))) / 1024**2


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
