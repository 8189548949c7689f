"""Dask: workers of this machine, or of a cluster by its address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dask
from distributed import Client, LocalCluster

THREADS = {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}
"""One thread per worker: as many studies at a time as there are workers, and the same results with any number."""

SETTINGS = {
    "distributed.nanny.pre-spawn-environ": {**THREADS, "MALLOC_TRIM_THRESHOLD_": 65536},
    # A study that kills its worker would kill the next ones as well.
    "distributed.scheduler.allowed-failures": 1,
    "distributed.worker.daemon": False,
    "distributed.admin.log-format": "%(message)s",
    "distributed.logging": {"distributed": "error", "distributed.worker": "critical"},
}


@contextmanager
def dask_client(workers: int | None = None, scheduler: str | None = None) -> Iterator[tuple[Client, int]]:
    """A client, and how many workers there are. ``workers``: processes of this machine, by default one per core.

    ``scheduler``: address of a running scheduler, ``tcp://host:port``, instead of own processes. Raises ``OSError``
    where it does not answer.
    """
    with dask.config.set(SETTINGS):
        if scheduler is not None:
            with Client(scheduler, timeout=10) as client:  # type: ignore[no-untyped-call]
                client.wait_for_workers(1, timeout=60)
                yield client, len(client.scheduler_info(n_workers=-1)["workers"])
            return
        count = workers or os.cpu_count() or 1
        # The status page is for this machine only, and takes a free port.
        options: dict[str, Any] = {
            "n_workers": count,
            "threads_per_worker": 1,
            "dashboard_address": "127.0.0.1:0",
        }
        cluster = LocalCluster(**options, protocol="tcp")  # type: ignore[no-untyped-call]
        with cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
            yield client, count
