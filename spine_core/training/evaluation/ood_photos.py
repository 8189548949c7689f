"""Sample images of scikit-image in grey: photographs and textures, not spines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

NAMES = ("camera", "coins", "page", "moon", "text", "clock", "brick", "grass", "gravel", "cell", "astronaut", "coffee",
         "chelsea", "rocket", "immunohistochemistry")  # fmt: skip


def photographs(names: Sequence[str]) -> list[npt.NDArray[np.uint8]]:
    """The images that are installed; the others would have to be downloaded."""
    from skimage import color, data, util

    out = []
    for name in names:
        try:
            image = getattr(data, name)()
        except Exception:
            continue
        grey = color.rgb2gray(image[..., :3]) if image.ndim == 3 else image
        out.append(util.img_as_ubyte(grey))  # type: ignore[no-untyped-call]
    return out
