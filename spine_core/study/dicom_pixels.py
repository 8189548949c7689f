"""Pixel data of a parsed DICOM object to modality values, with every claimed size checked first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.uid import (
    JPEG2000,
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from spine_core.study.codestream import frame_size
from spine_core.study.errors import Unreadable
from spine_core.study.frame import Pixels
from spine_core.study.limits import MAX_FRAME_PIXELS, MAX_FRAMES, MAX_SIDE, Budget
from spine_core.study.values import items, number, numbers, text

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
"""Where a DICOM object may keep its pixels."""

FASTEST = {
    RLELossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
    JPEG2000Lossless: "pylibjpeg",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "pillow",
}
"""Decoder per syntax. RLE of 512 x 512 takes 0.9 ms here against 5.1 ms in pydicom's own Python."""

RLE_EXPANSION = 64
"""A run of two bytes stands for at most 128 (PS3.5 annex G)."""

LUMA = np.array([0.299, 0.587, 0.114])
"""ITU-R BT.601 luminance of red, green and blue."""


def decode(dataset: Dataset, budget: Budget) -> tuple[Pixels, bool]:
    """Stored values of all frames, shape (frames, rows, columns), and whether they were colour.

    ``dataset`` has one of ``PIXELS``. Colour is turned to luminance. Raises ``Unreadable`` or ``OverLimit``.
    """
    keyword = next(name for name in PIXELS if name in dataset)
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    size = _checked_size(dataset, syntax, keyword, budget)
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        msg = "its transfer syntax is not one that this program can read"
        raise Unreadable(msg) from error
    plugin = FASTEST.get(syntax, "")
    if plugin not in decoder.available_plugins:
        plugin = ""
    try:
        pixels, found = decoder.as_array(dataset, decoding_plugin=plugin)
        colour = found["photometric_interpretation"] == "PALETTE COLOR"
        if colour:
            pixels = apply_color_lut(pixels, dataset)
    except (KeyboardInterrupt, SystemExit):
        raise
    except (
        BaseException
    ) as error:  # decoders raise nearly everything; a panic of pylibjpeg's Rust is no Exception
        msg = (
            f"its pixels cannot be decoded ({syntax.name})"
            if syntax.is_compressed
            else "its pixels are damaged"
        )
        raise Unreadable(msg) from error
    frames, rows, columns = size
    if pixels.dtype.kind == "f":
        pixels = np.nan_to_num(pixels, nan=0.0, posinf=0.0, neginf=0.0)
    if pixels.size == frames * rows * columns:
        return pixels.reshape(size), False
    return _luminance(pixels.reshape(frames, rows, columns, -1)), True


def modality_values(stored: Pixels, dataset: Dataset, slope: float | None, intercept: float | None) -> Pixels:
    """Applies the frame's rescale, or the object's modality lookup table (PS3.3 C.11.1)."""
    if items(dataset, "ModalityLUTSequence"):
        try:
            return np.asarray(apply_modality_lut(stored, dataset))
        except Exception as error:  # a damaged table raises nearly everything
            msg = "its modality lookup table is damaged"
            raise Unreadable(msg) from error
    slope, intercept = 1.0 if slope is None else slope, 0.0 if intercept is None else intercept
    if slope == 0.0 or (slope == 1.0 and intercept == 0.0):
        return stored
    return np.asarray(stored.astype(np.float64) * slope + intercept)


def _luminance(colour: npt.NDArray[np.generic]) -> Pixels:
    grey = colour[..., :3].astype(np.float64) @ LUMA
    luminance: Pixels = np.rint(grey).astype(np.uint8 if colour.dtype == np.uint8 else np.uint16)
    return luminance


def _checked_size(dataset: Dataset, syntax: UID, keyword: str, budget: Budget) -> tuple[int, int, int]:
    """(frames, rows, columns) once they are known to be sane and to fit the stored bytes."""
    rows, columns = (int(number(dataset, name) or 0) for name in ("Rows", "Columns"))
    samples = int(number(dataset, "SamplesPerPixel") or 1)
    bits = {"PixelData": int(number(dataset, "BitsAllocated") or 0), "FloatPixelData": 32}.get(keyword, 64)
    frames = int(number(dataset, "NumberOfFrames") or 1)
    if rows < 1 or columns < 1 or samples not in (1, 3, 4) or bits not in (1, 8, 16, 32, 64) or frames < 1:
        msg = "its header gives no usable picture size"
        raise Unreadable(msg)
    if max(rows, columns) > MAX_SIDE or rows * columns > MAX_FRAME_PIXELS or frames > MAX_FRAMES:
        msg = f"its header claims {frames} x {rows} x {columns} pixels, more than can be opened"
        raise Unreadable(msg)
    dataset.NumberOfFrames = frames
    expected = (frames * rows * columns * samples * bits + 7) // 8
    stored = dataset[keyword].value or b""
    if syntax.is_compressed:
        _check_frames(stored, frames, (rows, columns), syntax, expected // frames)
    elif len(stored) < _uncompressed(expected, text(dataset, "PhotometricInterpretation")):
        raise Unreadable(_cut_short())
    budget.take(max(expected, frames * rows * columns))
    return frames, rows, columns


def _uncompressed(expected: int, photometric: str) -> int:
    # two of three samples are shared by neighbouring pixels (PS3.3 C.7.6.3.1.2)
    return expected // 3 * 2 if photometric == "YBR_FULL_422" else expected


def _cut_short() -> str:
    return "its pixel data are cut short"


def _check_frames(stored: bytes, frames: int, size: tuple[int, int], syntax: UID, expected: int) -> None:
    try:
        streams: Sequence[bytes] = list(generate_frames(stored, number_of_frames=frames))
    except Exception as error:  # damaged encapsulation raises nearly everything
        raise Unreadable(_cut_short()) from error
    if len(streams) < frames:
        raise Unreadable(_cut_short())
    for stream in streams[:frames]:
        if syntax == RLELossless:
            # the longest honest stream is one literal byte per run, two bytes for one, behind a 64-byte header
            if not expected <= RLE_EXPANSION * len(stream) or len(stream) > 2 * expected + 1024:
                msg = "its compressed pixels do not fit the size in its header"
                raise Unreadable(msg)
        elif frame_size(stream) != size:
            msg = "its compressed pixels do not have the size in its header"
            raise Unreadable(msg)


def voi_window(dataset: Dataset) -> tuple[float, float] | None:
    """First (centre, width) of the header, None where there is none or its width is below 1."""
    centre, width = numbers(dataset, "WindowCenter", 1), numbers(dataset, "WindowWidth", 1)
    if centre is None or width is None or width[0] < 1:
        return None
    return centre[0], width[0]
