"""Rejection of images that are out of distribution for the networks."""

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
from spine_core.evaluation.types import LabelledImage
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.position_checks import levels_off_disc, levels_with_warning
from spine_core.grading.read import read_study
from spine_core.grading.types import PositionWarning
from spine_core.networks.registry import Bundle
from spine_core.phantom import axial_slices, build, random_case
from spine_core.phantom.render import Phantom, mid_index, sagittal_slices
from spine_core.study.types import Patient, Series, Study
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.datasets.phantoms import to_uint8
from spine_core.training.evaluation.ood_phantoms import heads, knees, necks
from spine_core.training.evaluation.ood_photos import NAMES, photographs

Grey = npt.NDArray[np.uint8]

MAX_IMAGES = 40
"""Images per kind."""
MISPLACEMENTS = {
    "one inter-disc distance anterior to a disc": (1.0, 0.0),
    "two inter-disc distances anterior to a disc": (2.0, 0.0),
    "in the middle of a vertebra": (0.0, 0.5),
}
"""Misplaced discs of a reader: inter-disc distances anteriorly and caudally."""
MIN_SIDE = 64
"""Smallest number of rows and columns of a sample image."""


class Outcome(StrEnum):
    """Outcome of reading one image."""

    REJECTED = "no finding is shown"
    WARNED = "graded with a warning"
    GRADED = "graded without a warning"


@dataclass(frozen=True)
class RejectionRate:
    """Images of one kind without any finding, and their fraction with its 95 % interval (Wilson 1927).

    ``warned``: number of graded images with the warning that there is no disc or no canal at a disc.
    """

    kind: str
    images: int
    rejected: int
    share: float
    low: float
    high: float
    warned: int


def rejection_rates(images: Sequence[LabelledImage], bundle: Bundle) -> list[RejectionRate]:
    """Rejection rates of ``images`` of one fold, of transformed images, and of images that show something else."""
    samples = ((kind, list(islice(images_of_kind, MAX_IMAGES))) for kind, images_of_kind in _kinds(images))
    rates = [
        _rejection_rate(kind, [_outcome_of(grey, bundle) for grey in images_of_kind])
        for kind, images_of_kind in samples
        if images_of_kind
    ]
    return [*rates, *_misplaced_discs(images, bundle)]


def _kinds(images: Sequence[LabelledImage]) -> Iterator[tuple[str, Iterator[Grey]]]:
    rng = np.random.default_rng(0)
    plain = _shuffled(images, rng)
    for kind, change in TRANSFORMS.items():
        yield kind, (change(p.pixels) for p in plain)
    yield "thoracic part of the image", (crop for p in plain if (crop := _thoracic(p)) is not None)
    lateral = [p for p in images if p.mask is not None and not (p.mask == Structure.CANAL).any()]
    yield "lateral slices without canal", (p.pixels for p in lateral)
    yield "phantoms: sagittal slices next to the canal", _lateral_slices(outermost=False)
    yield "phantoms: outermost sagittal slices", _lateral_slices(outermost=True)
    yield "phantoms: axial slices", _axial()
    yield "phantoms: midsagittal slices of a neck", necks(MAX_IMAGES)
    yield "phantoms: midsagittal slices of a knee", knees(MAX_IMAGES)
    yield "phantoms: head (Shepp-Logan)", heads(MAX_IMAGES)
    yield "photographs and textures of scikit-image", iter(photographs([*NAMES, "horse"]))
    yield "sample images of pydicom", iter(_pydicom_samples())
    yield "noise", (rng.integers(0, 256, (320, 320), dtype=np.uint8) for _ in range(MAX_IMAGES))


TRANSFORMS: dict[str, Callable[[Grey], Grey]] = {
    "lumbar spines, unchanged (should be graded)": lambda grey: grey,
    "lumbar spines rotated by 90 degrees": lambda grey: np.rot90(grey),
    "lumbar spines rotated by 180 degrees": lambda grey: np.rot90(grey, 2),
    "lumbar spines mirrored (anterior to the right)": lambda grey: grey[:, ::-1],
}


def _thoracic(image: LabelledImage) -> Grey | None:
    """The image above the most cranial labelled disc; None if that is less than three inter-disc distances."""
    rows = [mark[0] for disc in image.discs if (mark := disc.center or disc.posterior) is not None]
    if not rows:
        return None
    end = round(min(rows) - 0.5 * image.inter_disc_px)
    return image.pixels[:end] if end > 3 * image.inter_disc_px else None


def _lateral_slices(*, outermost: bool) -> Iterator[Grey]:
    """T2 of the first slice without canal to either side of the middle, or of the outermost slices."""
    for seed in range(MAX_IMAGES // 2):
        phantom = build(random_case(seed))
        last = len(phantom.sagittal.positions) - 1
        chosen = (0, last) if outermost else nearest_slices_without_canal(phantom)
        yield from map(to_uint8, sagittal_slices(phantom, "t2", chosen).pixels)


def nearest_slices_without_canal(phantom: Phantom) -> tuple[int, int]:
    """Indices of the first slice without canal to either side of the middle slice."""
    middle, last = mid_index(phantom), len(phantom.sagittal.positions) - 1
    sides = (range(middle, -1, -1), range(middle, last + 1))
    first, second = (
        next((i for i in side if not (phantom.labels(i) == Structure.CANAL).any()), side[-1])
        for side in sides
    )
    return first, second


def _axial() -> Iterator[Grey]:
    """The middle slice of every axial block of images_of_kind phantoms; the data holds no axial image of a patient."""
    for seed in range(MAX_IMAGES // len(LEVELS)):
        phantom = build(random_case(seed))
        for slab in range(len(LEVELS)):
            pixels = axial_slices(phantom, slab).pixels
            yield to_uint8(pixels[len(pixels) // 2])


def _pydicom_samples() -> list[Grey]:
    import pydicom

    out = []
    # The files in the package; pydicom's own search would also query a server.
    for path in sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pixels = np.asarray(pydicom.dcmread(path).pixel_array, dtype=float)
        except Exception:
            continue  # some of the files are invalid on purpose
        if pixels.ndim == 3:  # colour, or several frames
            pixels = pixels.mean(axis=-1) if pixels.shape[-1] == 3 else pixels[len(pixels) // 2]
        if pixels.ndim == 2 and min(pixels.shape) >= MIN_SIDE and np.ptp(pixels):
            out.append(to_uint8(pixels - pixels.min()))
    return out


def _misplaced_discs(images: Sequence[LabelledImage], bundle: Bundle) -> list[RejectionRate]:
    """Rejection rates of misplaced discs of a reader: the disc detector does not check them."""
    readings = []
    for image in _shuffled(images, np.random.default_rng(0))[:MAX_IMAGES]:
        series = series_of(image)
        anatomy = bundle.detect_and_segment(series)
        if anatomy.discs:
            readings.append((anatomy, series, image.sequence))
    if not readings:
        return []
    out = []
    for where, (ahead, below) in MISPLACEMENTS.items():
        outcomes = []
        for anatomy, series, sequence in readings:
            disc = misplaced(anatomy.discs[len(anatomy.discs) // 2], ahead, below)
            graded = _any_graded([disc], series, sequence, bundle)
            outcomes.append(
                _outcome(graded=graded, warned=bool(levels_off_disc([disc], anatomy.masks, series)))
            )
        out.append(_rejection_rate(f"disc placed by hand, {where}", outcomes))
    return out


def _outcome(*, graded: bool, warned: bool) -> Outcome:
    if not graded:
        return Outcome.REJECTED
    return Outcome.WARNED if warned else Outcome.GRADED


def _shuffled(images: Sequence[LabelledImage], rng: np.random.Generator) -> list[LabelledImage]:
    """The images without masks, which are the midsagittal ones, in random order."""
    plain = [p for p in images if p.mask is None]
    return [plain[i] for i in rng.permutation(len(plain))]


def misplaced(disc: Disc, ahead: float, below: float = 0.0) -> Disc:
    """``disc`` as placed by a reader by mistake, in an image with square pixels.

    ``ahead``: inter-disc distances anteriorly. ``below``: inter-disc distances caudally.
    """
    caudal, right = np.array(disc.caudal), np.array([disc.caudal[1], -disc.caudal[0]])
    row, column = disc.center_px + disc.inter_disc_px * (ahead * right + below * caudal)
    return replace(disc, center_px=(float(row), float(column)), source=Source.READER)


def _rejection_rate(kind: str, outcomes: Sequence[Outcome]) -> RejectionRate:
    rejected = outcomes.count(Outcome.REJECTED)
    share, ends = rejected / len(outcomes), wilson(rejected, len(outcomes))
    return RejectionRate(kind, len(outcomes), rejected, share, *ends, outcomes.count(Outcome.WARNED))


def _outcome_of(grey: Grey, bundle: Bundle) -> Outcome:
    """Outcome of reading a study of this image alone."""
    series = replace(series_of(_BLANK_IMAGE), pixels=np.ascontiguousarray(grey)[None])
    findings = read_study(Study((series,), (), Patient("ood"), "0" * 64), bundle).findings
    return _outcome(
        graded=any(one.grade is not None for one in findings),
        warned=bool(levels_with_warning(findings, PositionWarning.NO_CANAL)),
    )


def _any_graded(discs: Sequence[Disc], series: Series, weighting: str, bundle: Bundle) -> bool:
    if not discs:
        return False
    images = [disc_image(bundle.grader.preprocessing, disc, {weighting: series}) for disc in discs]
    embedding = bundle.grader.predict(np.stack([image.pixels for image in images])).embedding
    return bundle.ood is None or not all(bundle.ood.is_ood(embedding))


_BLANK_IMAGE = LabelledImage("none", "none", -1, "t2", "image", np.zeros((1, 1), np.uint8), ())
