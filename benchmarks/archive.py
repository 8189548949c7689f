"""A study of 100 slices from an archive beside the same from disk: `python -m benchmarks.archive`.

Needs Debian's Orthanc, as the tests do. Prints seconds until the study is open; median of the rounds.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from spine_core.pacs.archive import archive_of
from spine_core.pacs.retrieval import retrieve
from spine_core.pacs.servers import Protocol, Server
from spine_core.pacs.types import StudyQuery
from spine_core.phantom import build, random_case, write_study
from spine_core.study import open_study, sources_from_path
from tests.services import orthanc

ROUNDS, SLICES = 5, 100


def main() -> None:
    os.environ |= {"ARCHIVE_USER": orthanc.USER, "ARCHIVE_PASSWORD": orthanc.PASSWORD}
    with TemporaryDirectory() as folder, orthanc.serving(Path(folder) / "orthanc") as server:
        files = _hundred(Path(folder) / "study")
        web = Server(
            "DICOMweb", Protocol.DICOMWEB, url=server.url, user_variable="ARCHIVE_USER",
            password_variable="ARCHIVE_PASSWORD",
        )  # fmt: skip
        dimse = Server(
            "DIMSE", Protocol.DIMSE, host="127.0.0.1", port=server.dicom_port, ae_title=orthanc.AE_TITLE
        )
        assert not any(one.reason for one in archive_of(web).store(sorted(files.rglob("*.dcm"))))
        disk = _median(lambda: _open(files))
        print(f"{SLICES} slices of 384 x 384, median of {ROUNDS}")
        print(f"{'from disk':<12}{disk:>6.2f} s")
        for one in (web, dimse):
            seconds = _median(lambda one=one: _fetched(one))  # type: ignore[misc]
            print(f"{one.name:<12}{seconds:>6.2f} s, {seconds - disk:.2f} s more")


def _hundred(folder: Path) -> Path:
    """One series of 100 slices: those of several persons cannot be one, so one person's are spread and repeated."""
    from pydicom import dcmread
    from pydicom.uid import generate_uid

    source = sorted(write_study(build(random_case(5)), folder / "made", axial=()).rglob("series2/*.dcm"))
    target = folder / "study"
    target.mkdir()
    for number in range(SLICES):
        dataset = dcmread(source[number % len(source)])
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.InstanceNumber = number + 1
        _, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [round(-60 + 1.2 * number, 3), y, z]
        dataset.save_as(target / f"{number:03d}.dcm")
    return target


def _open(folder: Path) -> None:
    study = open_study(list(sources_from_path(folder)))
    assert sum(one.slices for one in study.series) == SLICES


def _fetched(server: Server) -> None:
    archive = archive_of(server)
    (found,) = archive.studies(StudyQuery(patient_name="Synth"))
    got = retrieve(archive, found.uid, archive.series(found.uid))
    _open(got.folder.path)
    got.folder.delete()


def _median(work: Callable[[], None]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
