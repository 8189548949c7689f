"""Independent readers of DICOM objects: David Clunie's validator and DCMTK's tools."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import NO_DCMTK, NO_VALIDATOR


def run(*command: str | Path, lacking: str = NO_DCMTK) -> str:
    """What a program prints; the test is skipped where it is not installed."""
    if shutil.which(str(command[0])) is None:
        pytest.skip(lacking)
    done = subprocess.run([str(one) for one in command], capture_output=True, check=False)
    assert done.returncode == 0 or command[0] == "dciodvfy", done.stderr.decode(errors="replace")
    return (done.stdout + done.stderr).decode("utf-8", errors="replace")


def errors(data: bytes, folder: Path) -> Counter[str]:
    """Errors that dciodvfy finds, by their words."""
    path = folder / "checked.dcm"
    path.write_bytes(data)
    lines = run("dciodvfy", path, lacking=NO_VALIDATOR).splitlines()
    return Counter(line for line in lines if line.startswith("Error"))


def frames_by_dcmtk(data: bytes, folder: Path) -> np.ndarray:
    """Frames (frames, rows, columns) of a binary segmentation as dcm2pnm draws them: True for the segment."""
    path = folder / "drawn.dcm"
    path.write_bytes(data)
    run("dcm2pnm", "+Fa", "+op", path, folder / "frame")
    found = sorted(folder.glob("frame.*.pgm"), key=lambda one: int(one.suffixes[-2][1:]))
    return np.stack([np.asarray(Image.open(one)) for one in found]) > 0


def floats_by_dcmtk(data: bytes, folder: Path) -> np.ndarray:
    """Float Pixel Data as dcmdump prints it, flat."""
    path = folder / "printed.dcm"
    path.write_bytes(data)
    text = run("dcmdump", "+L", "+M", "+P", "FloatPixelData", path)
    return np.array(text.split("OF ")[1].split(" #")[0].split("\\"), dtype=np.float32)
