"""Infers T1 or T2 from the pixels, for images whose header lacks the weighting."""

from __future__ import annotations

import numpy as np

from spine_core.anatomy.types import Anatomy, Structure
from spine_core.study.types import Series, Weighting


def weighting_from_pixels(series: Series, anatomy: Anatomy) -> tuple[Weighting, str]:
    """T2 where the canal (CSF) is brighter than marrow, T1 where it is darker, with the reason in words.

    UNKNOWN where canal or marrow are not segmented. Only canal and vertebrae within one inter-disc distance of a disc
    are compared, which limits the effect of coil shading.
    """
    ratios = []
    for index, mask in anatomy.masks.items():
        image = series.display_slice(index)
        valid = series.valid(index)
        if valid is not None:
            if not valid.any():
                continue
            # Background is neither canal nor marrow.
            mask = np.where(valid, mask, Structure.BACKGROUND)
        floor = float(np.percentile(image if valid is None else image[valid], 0.5))
        for disc in (d for d in anatomy.discs if d.slice_index == index):
            row, column = (int(v) for v in disc.center_px)
            reach = int(disc.inter_disc_px)
            part = np.s_[max(row - reach, 0) : row + reach, max(column - reach, 0) : column + reach]
            canal = image[part][mask[part] == Structure.CANAL] - floor
            marrow = image[part][mask[part] == Structure.VERTEBRA] - floor
            if canal.size > 10 and marrow.size > 10 and np.median(marrow) > 0:
                ratios.append(float(np.median(canal) / np.median(marrow)))
    if not ratios:
        return Weighting.UNKNOWN, "canal or marrow could not be segmented"
    ratio = float(np.median(ratios))
    words = f"the canal is {ratio:.1f} times as bright as the adjacent marrow"
    return (Weighting.T2 if ratio > 1 else Weighting.T1), words
