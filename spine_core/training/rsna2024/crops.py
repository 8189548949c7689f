"""The network's inputs for every disc of a study, made by the same steps as when a study is read, and their cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.grading.read import read_study, regrade
from spine_core.grading.types import DiscImage, Reading
from spine_core.networks.network import Network
from spine_core.networks.registry import Bundle
from spine_core.study import open_study, sources_from_path
from spine_core.study.errors import MultiplePatientsError, StudyError
from spine_core.training.rsna2024.dataset import LabelledStudy
from spine_core.training.rsna2024.levels import StudySkippedError, named_discs
from spine_core.training.rsna2024.views import LOGITS, SIZE, VIEWS
from spine_core.weights import ModelId

if TYPE_CHECKING:
    from torch import Tensor

    from spine_core.networks.network import View

REPORT_EVERY = 20
"""Studies between two lines of progress."""


@dataclass(frozen=True, eq=False)
class StudyCrops:
    """Inputs of one study: ``pixels`` float32 (N, 1, SIZE, SIZE), standardised, each of a condition at a level.

    ``skipped``: the reason why there are none; empty where there are.
    """

    pixels: npt.NDArray[np.float32]
    conditions: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    skipped: str = ""


class _InputsOnly(Network):
    """Has the views of the network to be trained, so that reading a study makes its inputs. Its grades mean nothing."""

    preprocessing, outputs = VIEWS[0].preprocessing, VIEWS[0].outputs
    id = ModelId("inputs-only", "0", "")

    @property
    def views(self) -> tuple[View, ...]:
        return VIEWS

    def logits(self, images: Tensor) -> Tensor:
        return images.new_zeros(len(images), LOGITS)


def read_inputs(study: LabelledStudy, bundle: Bundle) -> dict[tuple[str, str], DiscImage]:
    """Inputs by condition and level, named by the marks in the canal; without those that the study cannot give.

    ``bundle``: its detector and segmenter find the discs. Raises ``StudySkippedError`` with the reason where the study
    cannot be opened, no discs are found, or the marks contradict them.
    """
    try:
        opened = open_study(sources_from_path(study.folder))
    except (StudyError, MultiplePatientsError) as error:
        msg = f"it cannot be opened ({error})"
        raise StudySkippedError(msg) from None
    reader = bundle.with_grader(_InputsOnly())
    reading = read_study(opened, reader)
    if not reading.discs:
        raise StudySkippedError(_why_no_discs(reading))
    discs = named_discs(reading.anatomies[0], opened, study.coordinates)
    if discs != reading.discs:
        reading = regrade(opened, reader, reading, discs)
    images = {
        (finding.condition, finding.level): reading.image_of(finding)
        for finding in reading.findings
        if finding.grade is not None
    }
    return {key: image for key, image in images.items() if image is not None}


def _why_no_discs(reading: Reading) -> str:
    return f"no discs were found ({reading.notes[0].rstrip('.')})" if reading.notes else "no discs were found"


def study_crops(study: LabelledStudy, bundle: Bundle) -> StudyCrops:
    """The inputs of a study as arrays, or the reason why there are none."""
    nothing = np.zeros((0, 1, SIZE, SIZE), np.float32)
    try:
        images = read_inputs(study, bundle)
    except StudySkippedError as error:
        return StudyCrops(nothing, skipped=str(error))
    if not images:
        return StudyCrops(nothing, skipped="it has no series from which an input can be cut")
    return StudyCrops(
        np.stack([image.pixels for image in images.values()]),
        tuple(condition for condition, _ in images),
        tuple(level for _, level in images),
    )


def all_crops(
    studies: tuple[LabelledStudy, ...],
    bundle: Bundle,
    folder: Path,
    log: Callable[[str], None] = print,
) -> Iterator[tuple[LabelledStudy, StudyCrops]]:
    """Every study with its inputs, which are made once and then read from ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, study in enumerate(studies, start=1):
        path = folder / f"{study.study_id}.npz"
        key = _cache_key(study, bundle)
        crops = _load(path, key)
        if crops is None:
            crops = study_crops(study, bundle)
            _save(path, key, crops)
        if crops.skipped:
            log(f"study {study.study_id} is skipped: {crops.skipped}")
        if number % REPORT_EVERY == 0 or number == len(studies):
            log(f"{number} of {len(studies)} studies read")
        yield study, crops


def _cache_key(study: LabelledStudy, bundle: Bundle) -> str:
    """Changes with everything but the images on which a study's inputs depend."""
    facts = (VIEWS, study.coordinates, bundle.detector.id.sha256, bundle.segmenter.id.sha256)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _save(path: Path, key: str, crops: StudyCrops) -> None:
    """Replaces the file atomically, so that an interruption leaves no half of it."""
    half = path.with_suffix(".tmp")
    with half.open("wb") as file:
        np.savez(
            file,
            key=np.array(key),
            pixels=crops.pixels,
            conditions=np.array(crops.conditions, dtype=np.str_),
            levels=np.array(crops.levels, dtype=np.str_),
            skipped=np.array(crops.skipped),
        )
    half.rename(path)


def _load(path: Path, key: str) -> StudyCrops | None:
    """The stored inputs; None where there are none for this ``key``."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as stored:
        if str(stored["key"]) != key:
            return None
        conditions, levels = (tuple(stored[name].tolist()) for name in ("conditions", "levels"))
        return StudyCrops(stored["pixels"], conditions, levels, str(stored["skipped"]))
