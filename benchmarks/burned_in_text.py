"""False positives and hits of the check for drawn text on real stacks: ``python -m benchmarks.burned_in_text``.

Reads ``spider_space`` and ``t2_lumbar.nii.gz`` of the folder that ``SPINELENS_DATA`` names. Text is drawn in three
sizes at three places into every slice of a stack.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spine_core.library.deidentification.burned_in import MIN_SLICES, has_drawn_text


def stacks(folder: Path) -> list[np.ndarray]:
    groups = defaultdict(list)
    for path in sorted(folder.glob("*.png")):
        groups[path.stem.rpartition("_")[0]].append(np.asarray(Image.open(path), dtype=np.float32))
    return [np.stack(group) for group in groups.values() if len(group) >= MIN_SLICES]


def windows(stack: np.ndarray) -> list[np.ndarray]:
    return [stack[at : at + MIN_SLICES] for at in range(len(stack) - MIN_SLICES + 1)]


def drawn(stack: np.ndarray, place: tuple[int, int], size: int) -> np.ndarray:
    image = Image.new("L", stack.shape[:0:-1], 0)
    ImageDraw.Draw(image).text(place, "DOE JANE 1947", 255, font=ImageFont.load_default(size))
    return np.where(np.asarray(image) > 128, stack.max(), stack)


def main() -> None:
    data = Path(os.environ["SPINELENS_DATA"])
    space = stacks(data / "spider_space" / "images")
    volume = nibabel.load(data / "t2_lumbar.nii.gz").get_fdata().astype(np.float32)
    short = [part for stack in space for part in windows(stack)]
    short += [part for axis in range(3) for part in windows(np.moveaxis(volume, axis, 0))]
    places = [
        (stack, place, size)
        for stack in space
        for size in (12, 18, 24)
        for place in ((6, 6), (stack.shape[2] // 2, 6), (6, stack.shape[1] - 40))
    ]
    for name, found in (
        ("whole stacks without text", [has_drawn_text(stack) for stack in space]),
        (f"{MIN_SLICES} consecutive slices without text", [has_drawn_text(part) for part in short]),
        ("whole stacks with text", [has_drawn_text(drawn(*one)) for one in places]),
    ):
        print(f"| {name} | warned {sum(found)} of {len(found)} |")


if __name__ == "__main__":
    main()
