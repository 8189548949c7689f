"""Work on a study that needs no network: the coordinator and the database are what is tested with it."""

from __future__ import annotations

import hashlib
import os
import time

from spine_core.audit.batch.map_key import map_key
from spine_core.audit.batch.types import BatchPlan, MapResult, Source, Status, StudyResult
from spine_core.networks.target import Target
from spine_core.weights import ModelId

NETWORK = ModelId("small", "1", "c" * 64)
KILLER = 11
"""The study that kills its worker."""

TARGET = Target("pfirrmann", "4")


def plan(*methods: str, **changes) -> BatchPlan:
    return BatchPlan(methods or ("grad_cam", "lime"), conditions=("pfirrmann",), levels=("L4/L5",), **changes)


def sources(count: int) -> list[Source]:
    return [Source(f"{number:064x}", ()) for number in range(count)]


def work(source: Source, wanted: BatchPlan, known: frozenset[str] = frozenset()) -> StudyResult:
    """Two maps per study, computed from its number; every seventh study fails, ``KILLER`` kills its worker."""
    number = int(source.id, 16)
    if number == KILLER:
        os._exit(1)
    if number % 7 == 6:
        return StudyResult(source.id, Status.FAILED, "it is damaged")
    time.sleep(0.01)
    study = hashlib.sha256(source.id.encode()).hexdigest()
    keys = [map_key(wanted, study, "L4/L5", TARGET, NETWORK, method) for method in wanted.methods]
    maps = [
        MapResult(
            key, study, "L4/L5", "pfirrmann", "4", TARGET.label(), 0.9, method, False, 0, NETWORK.name, NETWORK.sha256,
            wanted.settings_of(method), wanted.seed, "torch", Status.DONE, metrics={"deletion.blur": number / 7},
            seconds=time.perf_counter(), attribution=f"{study} {method}".encode() if wanted.keep_maps else None,
        )
        for key, method in zip(keys, wanted.methods, strict=True)
        if key not in known
    ]  # fmt: skip
    return StudyResult(source.id, Status.DONE, "", study, tuple(keys), tuple(maps))
