"""scikit-image's own pictures, in grey: what is no spine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

NAMES = ("camera", "coins", "page", "moon", "text", "clock", "brick", "grass", "gravel", "cell", "astronaut", "coffee",
         "chelsea", "rocket", "immunohistochemistry")  # fmt: skip


def photographs(names: Sequence[str]) -> list[npt.NDArray[np.uint8]]:
    """Those that are there; some names stand for files on a server."""
    from skimage import color, data, util

    out = []
    for name in names:
        try:
            picture = getattr(data, name)()
        except Exception:
            continue
        grey = color.rgb2gray(picture[..., :3]) if picture.ndim == 3 else picture
        out.append(util.img_as_ubyte(grey))  # type: ignore[no-untyped-call]
    return out
