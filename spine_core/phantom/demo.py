"""The bundled demonstration study, and phantoms from the command line."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from spine_core.phantom.dicom import write_study
from spine_core.phantom.render import build
from spine_core.phantom.spec import LevelSpec, PhantomSpec, healthy, with_lesion
from spine_core.progress import Progress, silent

DEMO_SEED = 2026
"""Seed of the demonstration study; no network is trained on it."""

DEMO = PhantomSpec(
    DEMO_SEED,
    {
        "L1/L2": LevelSpec(1),
        "L2/L3": LevelSpec(2),
        "L3/L4": LevelSpec(3, bulge=2.6),
        "L4/L5": LevelSpec(4, height=0.8, herniation=7.0, side=1.5),
        "L5/S1": LevelSpec(4, height=0.55, bulge=0.8, modic=2, endplate_lower=True),
    },
)
"""Healthy upper levels; then a bulge, a herniation of a dark disc, and a narrow disc with fatty endplates."""

_VERSION = "2"
"""Version of the demonstration study; a change makes it be written again."""


def demo_study(folder: Path, progress: Progress = silent) -> Path:
    """The DICOM folder of the demonstration study, written into ``folder`` unless this version exists."""
    marker = folder / "version"
    if marker.is_file() and marker.read_text() == _VERSION:
        return folder / "study"
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Written to a temporary folder and renamed, so that an interruption leaves no incomplete study.
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        made = Path(temporary) / "demo"
        write_study(build(DEMO), made, progress)
        (made / "version").write_text(_VERSION)
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)
    return folder / "study"


def make_from_cli(out: Path, seed: int, lesions: Mapping[str, tuple[str, ...]]) -> Path:
    """Writes a phantom with ``lesions`` and returns its DICOM folder.

    ``lesions``: levels by the name of a lesion (``spec.LESIONS``, hyphens allowed), each ``"L4/L5"`` or with a size in
    mm or a grade, ``"L4/L5=4"``. Raises ``ValueError`` with a message for the user.
    """
    spec = healthy(seed)
    for lesion, levels in lesions.items():
        for argument in levels:
            level, _, value = argument.partition("=")
            spec = with_lesion(spec, lesion.replace("-", "_"), level.upper(), _number(value, argument))
    return write_study(build(spec), out)


def _number(value: str, argument: str) -> float | None:
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        msg = f"{value!r} in {argument!r} is not a number"
        raise ValueError(msg)
    return number
