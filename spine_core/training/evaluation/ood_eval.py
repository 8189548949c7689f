"""What the networks were not made for, and how much of it they refuse."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Disc, Source, Structure
from spine_core.evaluation.proportion import wilson
from spine_core.evaluation.types import Picture
from spine_core.grading.crops import disc_image
from spine_core.grading.position_checks import NO_CANAL, levels_off_disc, levels_with_warning
from spine_core.grading.read import read_study
from spine_core.networks.registry import Bundle
from spine_core.phantom import axial_slices, build, random_case
from spine_core.phantom.render import Phantom, mid_index, sagittal_slices
from spine_core.study.types import Patient, Series, Study
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.phantoms import grey_of
from spine_core.training.evaluation.ood_phantoms import heads, knees, necks
from spine_core.training.evaluation.ood_photos import NAMES, photographs

Grey = npt.NDArray[np.uint8]

MANY = 40
"""Pictures of a kind that are tried."""
BESIDE = {
    "one disc distance in front of its place": (1.0, 0.0),
    "two disc distances in front of its place": (2.0, 0.0),
    "in the middle of a vertebra": (0.0, 0.5),
}
"""Where a reader puts a disc by mistake: disc distances forwards, and towards the feet."""
SMALLEST = 64
"""Rows and columns of a sample picture that is worth trying."""


class Fate(StrEnum):
    """What becomes of a picture."""

    REFUSED = "no finding is shown"
    WARNED = "graded, with a word of warning"
    GRADED = "graded in silence"


@dataclass(frozen=True)
class Refused:
    """How many pictures of a kind got no finding at all, with the 95 % interval of their share (Wilson 1927).

    ``warned``: how many of the others are graded with the words that no disc, or no canal, is outlined there.
    """

    kind: str
    pictures: int
    refused: int
    share: float
    low: float
    high: float
    warned: int


def refusals(pictures: Sequence[Picture], bundle: Bundle) -> list[Refused]:
    """``pictures`` of patients of one fold, as they are and changed into what the networks were not made for."""
    tried = ((kind, list(islice(some, MANY))) for kind, some in _kinds(pictures))
    found = [_counted(kind, [_become(grey, bundle) for grey in some]) for kind, some in tried if some]
    return [*found, *_put_by_hand(pictures, bundle)]


def _kinds(pictures: Sequence[Picture]) -> Iterator[tuple[str, Iterator[Grey]]]:
    rng = np.random.default_rng(0)
    plain = _shuffled(pictures, rng)
    for kind, change in CHANGES.items():
        yield kind, (change(p.pixels) for p in plain)
    yield "thoracic part of the picture", (crop for p in plain if (crop := _thoracic(p)) is not None)
    beside = [p for p in pictures if p.mask is not None and not (p.mask == Structure.CANAL).any()]
    yield "slices so far to the side that no canal is in them", (p.pixels for p in beside)
    yield "slices of phantoms just beside the canal", _beside_canal(outermost=False)
    yield "the outermost sagittal slices of phantoms", _beside_canal(outermost=True)
    yield "axial slices of phantoms", _axial()
    yield "phantoms of a neck, in the middle plane", necks(MANY)
    yield "phantoms of a knee, in the middle plane", knees(MANY)
    yield "phantoms of a head (Shepp and Logan)", heads(MANY)
    yield "photographs and textures of scikit-image", iter(photographs([*NAMES, "horse"]))
    yield "pydicom's sample pictures", iter(_samples())
    yield "noise", (rng.integers(0, 256, (320, 320), dtype=np.uint8) for _ in range(MANY))


CHANGES: dict[str, Callable[[Grey], Grey]] = {
    "lumbar spines as they are (should be read)": lambda grey: grey,
    "lying (turned by 90 degrees)": lambda grey: np.rot90(grey),
    "upside down (turned by 180 degrees)": lambda grey: np.rot90(grey, 2),
    "mirrored (face to the right)": lambda grey: grey[:, ::-1],
}


def _thoracic(picture: Picture) -> Grey | None:
    """What lies above the highest labelled disc, where that is more than three disc distances."""
    rows = [mark[0] for disc in picture.discs if (mark := disc.center or disc.posterior) is not None]
    if not rows:
        return None
    end = round(min(rows) - 0.5 * picture.pitch)
    return picture.pixels[:end] if end > 3 * picture.pitch else None


def _beside_canal(*, outermost: bool) -> Iterator[Grey]:
    """T2 of the first sagittal slice on either side of the canal that has none of it, or of the last there is."""
    for seed in range(MANY // 2):
        phantom = build(random_case(seed))
        last = len(phantom.sagittal.positions) - 1
        chosen = (0, last) if outermost else canal_free(phantom)
        yield from map(grey_of, sagittal_slices(phantom, "t2", chosen).pixels)


def canal_free(phantom: Phantom) -> tuple[int, int]:
    """Indices of the sagittal slices nearest to the middle, one on either side, in which no canal is."""
    middle, last = mid_index(phantom), len(phantom.sagittal.positions) - 1
    sides = (range(middle, -1, -1), range(middle, last + 1))
    first, second = (
        next((i for i in side if not (phantom.labels(i) == Structure.CANAL).any()), side[-1])
        for side in sides
    )
    return first, second


def _axial() -> Iterator[Grey]:
    """The middle slice of every slab of a few phantoms: there is no axial picture of a patient in the data."""
    for seed in range(MANY // len(LEVELS)):
        phantom = build(random_case(seed))
        for slab in range(len(LEVELS)):
            pixels = axial_slices(phantom, slab).pixels
            yield grey_of(pixels[len(pixels) // 2])


def _samples() -> list[Grey]:
    import pydicom

    out = []
    # Those in the package; pydicom's own search would also ask a server.
    for path in sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pixels = np.asarray(pydicom.dcmread(path).pixel_array, dtype=float)
        except Exception:
            continue  # many of them are broken on purpose
        if pixels.ndim == 3:  # colours, or frames
            pixels = pixels.mean(axis=-1) if pixels.shape[-1] == 3 else pixels[len(pixels) // 2]
        if pixels.ndim == 2 and min(pixels.shape) >= SMALLEST and np.ptp(pixels):
            out.append(grey_of(pixels - pixels.min()))
    return out


def _put_by_hand(pictures: Sequence[Picture], bundle: Bundle) -> list[Refused]:
    """What becomes of discs that a reader puts where none is: the only ones that the localiser does not hold back."""
    middles = []
    for picture in _shuffled(pictures, np.random.default_rng(0))[:MANY]:
        series = series_of(picture)
        anatomy = bundle.detect_and_segment(series)
        if anatomy.discs:
            middles.append((anatomy, series, picture.sequence))
    if not middles:
        return []
    out = []
    for where, (ahead, below) in BESIDE.items():
        fates = []
        for anatomy, series, sequence in middles:
            disc = beside(anatomy.discs[len(anatomy.discs) // 2], ahead, below)
            graded = _any_graded([disc], series, sequence, bundle)
            fates.append(_fate(graded=graded, warned=bool(levels_off_disc([disc], anatomy.masks, series))))
        out.append(_counted(f"a disc put by hand, {where}", fates))
    return out


def _fate(*, graded: bool, warned: bool) -> Fate:
    if not graded:
        return Fate.REFUSED
    return Fate.WARNED if warned else Fate.GRADED


def _shuffled(pictures: Sequence[Picture], rng: np.random.Generator) -> list[Picture]:
    """Those without outlines, which are the mid-sagittal ones."""
    plain = [p for p in pictures if p.mask is None]
    return [plain[i] for i in rng.permutation(len(plain))]


def beside(disc: Disc, ahead: float, below: float = 0.0) -> Disc:
    """``disc`` of a picture with square pixels as a reader would put it by mistake.

    ``ahead``: disc distances forwards, away from the canal. ``below``: disc distances towards the feet.
    """
    down, right = np.array(disc.caudal), np.array([disc.caudal[1], -disc.caudal[0]])
    row, column = disc.center_px + disc.inter_disc_px * (ahead * right + below * down)
    return replace(disc, center_px=(float(row), float(column)), source=Source.READER)


def _counted(kind: str, fates: Sequence[Fate]) -> Refused:
    refused = fates.count(Fate.REFUSED)
    share, ends = refused / len(fates), wilson(refused, len(fates))
    return Refused(kind, len(fates), refused, share, *ends, fates.count(Fate.WARNED))


def _become(grey: Grey, bundle: Bundle) -> Fate:
    """What a study of this picture alone is told."""
    series = replace(series_of(_BLANK), pixels=np.ascontiguousarray(grey)[None])
    findings = read_study(Study((series,), (), Patient("stranger"), "0" * 64), bundle).findings
    return _fate(
        graded=any(one.grade is not None for one in findings),
        warned=bool(levels_with_warning(findings, NO_CANAL)),
    )


def _any_graded(discs: Sequence[Disc], series: Series, weighting: str, bundle: Bundle) -> bool:
    if not discs:
        return False
    images = [disc_image(bundle.grader.preprocessing, disc, {weighting: series}) for disc in discs]
    pooled = bundle.grader.predict(np.stack([image.pixels for image in images])).embedding
    return bundle.ood is None or not all(bundle.ood.is_ood(pooled))


_BLANK = Picture("none", "none", -1, "t2", "picture", np.zeros((1, 1), np.uint8), ())
