"""De-identifies the files of an upload: image files of one patient in, neutral files out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from spine_core.library.deidentification.burned_in import burned_in_warnings
from spine_core.library.deidentification.dicom_file import deidentify_dicom
from spine_core.library.deidentification.neutral_names import folder_of, header_of, renamed
from spine_core.library.deidentification.nifti import compressed, deidentify_nifti, deidentify_pair
from spine_core.library.deidentification.patient_key import patient_key
from spine_core.library.deidentification.pseudonyms import Pseudonyms
from spine_core.library.deidentification.raster import deidentify_picture
from spine_core.library.errors import DeidentificationError
from spine_core.progress import Part, Progress, silent
from spine_core.study.archives.extraction import entries
from spine_core.study.dicom.suppress_warnings import suppressed_warnings
from spine_core.study.errors import Unreadable
from spine_core.study.file_reader import read_files
from spine_core.study.frame import Frame
from spine_core.study.limits import OverLimit
from spine_core.study.nifti.header import is_header_half, is_single_file
from spine_core.study.patients import choose
from spine_core.study.raster import is_raster_image
from spine_core.study.sources import Entry, SourceFile, is_junk
from spine_core.study.types import Problem


@dataclass(frozen=True)
class DeidentifiedFiles:
    """The files to keep, in the reader's order.

    ``warnings``: one sentence each, about text that may be in the pixels. ``removed``: how often each attribute was
    removed or emptied, by keyword. ``left_out``: files without images, of other patients, and unreadable ones.
    """

    files: tuple[SourceFile, ...]
    patient_id: str
    warnings: tuple[str, ...]
    removed: Mapping[str, int]
    left_out: int


def deidentify_files(
    sources: Sequence[SourceFile], secret: bytes, *, patient: str | None = None, progress: Progress = silent
) -> DeidentifiedFiles:
    """De-identifies the image files of one patient, unpacked, under neutral names.

    ``secret``: of the library, see ``Pseudonyms``. ``patient``: ``Patient.key`` where the upload holds several. Equal
    files, order and secret give equal bytes. Raises ``MultiplePatientsError`` as ``open_study`` does, and
    ``DeidentificationError`` where no image is left or one cannot be de-identified.
    """
    files = [source for source in sources if not is_junk(source.name)]
    with suppressed_warnings:
        frames, key = _images(files, patient, Part(progress, 0.0, 0.5))
        work = _Work(Pseudonyms(secret, key), frozenset(frame.file for frame in frames))
        work.run(files, Part(progress, 0.5, 0.5))
        warnings = burned_in_warnings(frames)
    progress(1.0)
    return DeidentifiedFiles(
        files=tuple(work.kept),
        patient_id=work.pseudonyms.patient_id,
        warnings=warnings,
        removed=MappingProxyType(dict(sorted(work.removed.items()))),
        left_out=work.left_out,
    )


def _images(files: list[SourceFile], patient: str | None, progress: Progress) -> tuple[list[Frame], str]:
    """The slices of one patient, and the patient's key for pseudonyms."""
    found = read_files(renamed(entries(files)), _size(files), progress)
    chosen, who, _ = choose(found.frames, patient)
    frames = [*chosen, *(frame for other in found.others for frame in other)]
    if not frames:
        msg = "There is no image that could be de-identified."
        raise DeidentificationError(msg)
    return frames, patient_key(who, frames)


def _size(files: list[SourceFile]) -> int:
    return max(1, sum(source.size for source in files))


class _Work:
    """De-identifies one file after another. ``names``: of the files that hold images of the patient."""

    def __init__(self, pseudonyms: Pseudonyms, names: frozenset[str]) -> None:
        self.pseudonyms, self.names = pseudonyms, names
        self.kept: list[SourceFile] = []
        self.removed: Counter[str] = Counter()
        self.left_out = 0
        self._several_folders = len({folder_of(name) for name in names}) > 1
        self._number = 0
        self._headers: dict[str, bytes] = {}
        self._voxels: dict[str, bytes] = {}

    def run(self, files: list[SourceFile], progress: Progress) -> None:
        """Fills ``kept``; NIfTI pairs come last, as they do in the reader."""
        done, size = 0, _size(files)
        for entry in renamed(entries(files)):
            progress(min(1.0, done / size), "removing what identifies the patient")
            if isinstance(entry, Problem):
                self.left_out += 1
                continue
            self._file(entry)
            done += entry.stored
        for name, header in self._headers.items():
            halves = deidentify_pair(header, self._voxels.get(name, b""))
            stem = self._next(name)
            self.kept += [
                SourceFile(stem + end, half) for end, half in zip((".hdr", ".img"), halves, strict=True)
            ]

    def _file(self, entry: Entry) -> None:
        header = header_of(entry.name)
        if entry.name not in self.names and header not in self.names:
            self.left_out += 1
            return
        try:
            data = entry.read()
            if entry.name not in self.names:
                self._voxels[header] = data
            elif is_header_half(data):
                self._headers[entry.name] = data
            else:
                self._single(entry.name, data)
        except (Unreadable, OverLimit):
            self.left_out += 1

    def _single(self, name: str, data: bytes) -> None:
        ending, content = self._deidentified(data)
        self.kept.append(SourceFile(self._next(name) + ending, content))

    def _deidentified(self, data: bytes) -> tuple[str, bytes]:
        """Ending and content of one file; the format is told in the reader's order."""
        if is_raster_image(data):
            return ".png", deidentify_picture(data)
        if is_single_file(data):
            return ".nii.gz", compressed(deidentify_nifti(data))
        return ".dcm", deidentify_dicom(data, self.pseudonyms, self.removed)

    def _next(self, name: str) -> str:
        """The next neutral name, in a numbered folder where the images come from several."""
        self._number += 1
        folder = f"{folder_of(name)}/" if self._several_folders else ""
        return f"{folder}{self._number:04}"
