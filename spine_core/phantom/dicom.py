"""A phantom as a DICOM study: sagittal T1, sagittal T2 and axial T2, all labelled synthetic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Sequence as Many
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Structure
from spine_core.phantom.render import Phantom, Rendered, axial_slices, sagittal_pair
from spine_core.phantom.scanner import SAGITTAL_SLICES, SPACING_BETWEEN, THICKNESS
from spine_core.phantom.signal import T1, T2, Sequence
from spine_core.progress import Progress, silent
from spine_core.study.dicom.slices import PHANTOM

_DATE, _TIME = "20000101", "120000"
_TESLA = 1.5
_MHZ = 63.87
_SYNTHETIC = (
    "SYNTHETIC image of a computed phantom, not of a person. For research and teaching. Not a diagnosis."
)


@dataclass(frozen=True, eq=False)
class _Series:
    number: int
    description: str
    sequence: Sequence
    slices: tuple[tuple[Rendered, int, int], ...]
    """Each with its place in the rendered ones, and its number in the whole series."""


def write_study(
    phantom: Phantom,
    folder: Path,
    progress: Progress = silent,
    *,
    sagittal: Many[int] = range(SAGITTAL_SLICES),
    axial: Many[str] = LEVELS,
) -> Path:
    """Writes the study into ``folder``/study, which contains DICOM files only, and returns that path.

    ``sagittal``: numbers of the slices, from 0; ``axial``: levels of the slabs; fewer of both are drawn faster, and are
    the same files. Also writes ``truth.json`` (grades; centres and posterior edges of the discs in LPS mm) and
    ``masks.npz`` (``sagittal`` (slices, rows, columns) and ``axial`` (slabs, slices, rows, columns), ``Structure``
    labels).
    Equal specs write equal bytes. Raises ``Cancelled`` where ``progress`` does.
    """
    stacks = _sagittal(phantom, tuple(sagittal), progress)
    slabs = {}
    for number, level in enumerate(axial):
        progress(0.6 + 0.3 * number / len(axial), "drawing axial slices")
        slabs[LEVELS.index(level)] = axial_slices(phantom, LEVELS.index(level))
    progress(0.92, "writing files")
    study = folder / "study"
    study.mkdir(parents=True, exist_ok=True)
    for series in _all_series(stacks, slabs):
        _write_series(phantom, series, study / f"series{series.number}")
    np.savez_compressed(
        folder / "masks.npz",
        sagittal=stacks["t2"].masks,
        axial=np.stack([slab.masks for slab in slabs.values()])
        if slabs
        else np.zeros((0, 0, 0, 0), np.uint8),
    )
    (folder / "truth.json").write_text(json.dumps(truth(phantom), indent=1))
    progress(1.0)
    return study


def truth(phantom: Phantom) -> dict[str, object]:
    """The true values of the phantom as JSON values."""
    return {
        "synthetic": _SYNTHETIC,
        "seed": phantom.spec.seed,
        "frame_of_reference_uid": _uid(phantom, "frame"),
        "structures": {structure.name.lower(): int(structure) for structure in Structure},
        "levels": {
            level: {
                "spec": asdict(phantom.spec.levels[level]),
                "center_mm": phantom.centers[level],
                "posterior_mm": phantom.posteriors[level],
                "grades": dict(phantom.grades[level]),
            }
            for level in LEVELS
        },
    }


def _sagittal(phantom: Phantom, indices: tuple[int, ...], progress: Progress) -> dict[str, Rendered]:
    parts = []
    for start in range(0, len(indices), 3):
        progress(0.6 * start / len(indices), "drawing sagittal slices")
        parts.append(sagittal_pair(phantom, ("t1", "t2"), indices[start : start + 3]))
    return {
        name: Rendered(
            np.concatenate([part[name].pixels for part in parts]),
            np.concatenate([part[name].masks for part in parts]),
            indices,
            phantom.sagittal,
        )
        for name in ("t1", "t2")
    }


def _all_series(sagittal: dict[str, Rendered], axial: dict[int, Rendered]) -> Iterator[_Series]:
    for number, name, sequence in ((1, "t1", T1), (2, "t2", T2)):
        stack = sagittal[name]
        slices = tuple((stack, place, index + 1) for place, index in enumerate(stack.indices))
        yield _Series(number, f"SAG {name.upper()} TSE SYNTHETIC", sequence, slices)
    slabs = tuple(
        (slab, place, number * len(slab.pixels) + place + 1)
        for number, slab in axial.items()
        for place in range(len(slab.pixels))
    )
    if slabs:
        yield _Series(3, "AX T2 TSE SYNTHETIC", T2, slabs)


def _uid(phantom: Phantom, *purpose: str | int) -> str:
    from pydicom.uid import generate_uid

    parts = [phantom.spec.seed, {k: asdict(v) for k, v in phantom.spec.levels.items()}]
    if phantom.examination != phantom.spec.seed:
        parts.append(phantom.examination)
    person = json.dumps(parts, sort_keys=True)
    return str(generate_uid(entropy_srcs=["SpineLens phantom", person, *(str(word) for word in purpose)]))


def _write_series(phantom: Phantom, series: _Series, folder: Path) -> None:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

    folder.mkdir(exist_ok=True)
    for rendered, place, number in series.slices:
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = UID(_uid(phantom, "instance", series.number, number))
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"{number:04d}.dcm"
        dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
        values = _person(phantom) | _series_values(phantom, series) | _slice_values(rendered, place, number)
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset.SOPClassUID = MRImageStorage
        dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        pixels = rendered.pixels[place]
        dataset.Rows, dataset.Columns = pixels.shape
        dataset.PixelData = pixels.astype("<u2").tobytes()
        dataset.save_as(path, enforce_file_format=True)


def _person(phantom: Phantom) -> dict[str, object]:
    return {
        "SpecificCharacterSet": "ISO_IR 100",
        "PatientName": "Synthetic^Phantom",
        "PatientID": f"SYNTHETIC-{phantom.spec.seed}",
        "PatientBirthDate": "",
        "PatientSex": "O",
        "PatientComments": _SYNTHETIC,
        "StudyInstanceUID": _uid(phantom, "study"),
        "StudyDate": _DATE,
        "StudyTime": _TIME,
        "StudyID": "1",
        "StudyDescription": "Lumbar spine phantom SYNTHETIC",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "FrameOfReferenceUID": _uid(phantom, "frame"),
        "PositionReferenceIndicator": "",
        "Manufacturer": PHANTOM[0],
        "ManufacturerModelName": PHANTOM[1],
    }


def _series_values(phantom: Phantom, series: _Series) -> dict[str, object]:
    sequence = series.sequence
    upper = 0.80 if sequence is T1 else 0.62
    return {
        "Modality": "MR",
        "SeriesInstanceUID": _uid(phantom, "series", series.number),
        "SeriesNumber": series.number,
        "SeriesDescription": series.description,
        "SeriesDate": _DATE,
        "SeriesTime": _TIME,
        "BodyPartExamined": "LSPINE",
        "PatientPosition": "HFS",
        "ProtocolName": series.description,
        "ScanningSequence": "SE",
        "SequenceVariant": "SK",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": sequence.repetition_time,
        "EchoTime": sequence.echo_time,
        "EchoTrainLength": sequence.echo_train,
        "NumberOfAverages": 2,
        "EchoNumbers": 1,
        "FlipAngle": 90,
        "PixelBandwidth": sequence.bandwidth,
        "MagneticFieldStrength": _TESLA,
        "ImagingFrequency": _MHZ,
        "ImagedNucleus": "1H",
        "InPlanePhaseEncodingDirection": "ROW",
        "SliceThickness": THICKNESS,
        "SpacingBetweenSlices": SPACING_BETWEEN,
        "WindowCenter": round(upper * phantom.scanner.gain / 2),
        "WindowWidth": round(upper * phantom.scanner.gain),
    }


def _slice_values(rendered: Rendered, place: int, number: int) -> dict[str, object]:
    geometry = rendered.geometry
    position = geometry.positions[rendered.indices[place]]
    return {
        "ImageType": ["DERIVED", "PRIMARY", "OTHER"],
        "InstanceNumber": number,
        "AcquisitionNumber": 1,
        "AcquisitionDate": _DATE,
        "AcquisitionTime": _TIME,
        "ContentDate": _DATE,
        "ContentTime": _TIME,
        "ImagePositionPatient": _decimals(position),
        "ImageOrientationPatient": _decimals(
            np.concatenate([geometry.row_direction, geometry.column_direction])
        ),
        "PixelSpacing": _decimals(np.asarray(geometry.spacing)),
        "SliceLocation": _decimals(np.atleast_1d(position @ geometry.normal))[0],
        "ImageComments": _SYNTHETIC,
        "DerivationDescription": "Computed from a parametric model of the lumbar spine",
        "BurnedInAnnotation": "NO",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
    }


def _decimals(values: npt.NDArray[np.float64]) -> list[str]:
    """Decimal strings of at most 16 characters."""
    return [f"{value:.8f}"[:16] for value in values + 0.0]
