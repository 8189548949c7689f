"""Unusual and damaged archives: one faulty member must not prevent the others from opening."""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import struct
import tarfile
from pathlib import Path

import nibabel
import numpy as np
import pytest

from spine_core.study import SourceFile, StudyError, open_study, sources_from_path
from spine_core.study.archives import tar_archive as tar_module
from spine_core.study.limits import MAX_FILES, MIB
from spine_core.study.types import Study
from tests.study.made import mr, random_pixels, stored
from tests.study.made_archives import tar_info, tarred, zip_info, zip_member, zipped
from tests.study.test_hostile import peak_mib

SLICES = [stored(mr((4.0 * number, 0, 0), pixels=random_pixels(number))) for number in range(4)]
GOOD = ("a/good.dcm", SLICES[0])
PLAIN_TAR = tarred((f"a/{number}.dcm", data) for number, data in enumerate(SLICES))


def opened(data: bytes, name: str = "archive") -> Study:
    return open_study([SourceFile(name, data)])


def slices(study: Study) -> int:
    assert len(study.series) == 1
    return study.series[0].slices


def reasons(study: Study) -> list[str]:
    return [problem.reason for problem in study.problems]


def volume(seed: int = 0) -> bytes:
    voxels = np.random.default_rng(seed).integers(0, 99, (3, 20, 18), np.int16)
    return nibabel.Nifti1Image(voxels, np.diag([4, 0.7, 0.7, 1])).to_bytes()


@pytest.mark.parametrize(
    "name", [".", "./x", "a//b", "x\0y", "x\x1b[31my\nz", " ", "x" * 300, "日本/表.dcm", "ab\\c.dcm", "con"]
)
def test_odd_names_are_read(name) -> None:
    study = opened(zipped([(name, SLICES[1]), GOOD]))
    assert slices(study) == 2
    assert all(file.isprintable() for file in study.series[0].files)


@pytest.mark.parametrize("name", ["", ".", "/", ".\\", "\\", "folder\\", "folder/"])
def test_names_that_are_no_file_are_ignored(name) -> None:
    for data in (b"", SLICES[0]):  # a copy of what is there anyway
        whole = opened(_two(name.encode(), data))
        assert slices(whole) == 1
        assert reasons(whole) == []


def _two(name: bytes, data: bytes) -> bytes:
    """A ZIP of two members, the first of exactly this name."""
    first, second = zip_member(name, data), zip_member(b"good.dcm", SLICES[0])
    cut, other = first.find(b"PK\x01\x02"), second.find(b"PK\x01\x02")
    local = first[:cut] + second[:other]
    entries = bytearray(second[other : second.find(b"PK\x05\x06")])
    struct.pack_into("<L", entries, 42, cut)
    directory = first[cut : first.find(b"PK\x05\x06")] + entries
    return (
        local + directory + b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 2, 2, len(directory), len(local), 0)
    )


@pytest.mark.parametrize("name", ["..", "../x", "a/../../x", "/etc/x", "C:\\x", "\\\\server\\x", "..\\x"])
def test_paths_that_lead_outside_are_refused_and_the_rest_opens(name) -> None:
    for data in (zipped([(name, SLICES[1]), GOOD]), tarred([(name, SLICES[1]), GOOD])):
        study = opened(data)
        assert slices(study) == 1
        assert reasons(study) == ["its path leads outside the archive, so it was not opened"]


@pytest.mark.parametrize("encoding", ["cp437", "utf-8", "shift_jis", "gbk", "cp1252"])
@pytest.mark.parametrize("flagged", [True, False])
def test_names_in_any_encoding_are_read_regardless_of_the_flag(encoding, flagged, tmp_path) -> None:
    text = {"shift_jis": "表能/ソ.dcm", "gbk": "小东.dcm"}.get(encoding, "Müller.dcm")
    data = zip_member(text.encode(encoding), SLICES[0], utf8=flagged)
    study = opened(data)
    assert slices(study) == 1
    assert study.problems == ()
    if encoding in ("utf-8", "cp437"):
        assert study.series[0].files == (f"archive / {text}",)
    (tmp_path / "archive").write_bytes(data)
    assert open_study(sources_from_path(tmp_path)).sha256 == study.sha256
    assert (tmp_path / "archive").read_bytes() == data


def test_a_name_that_differs_in_table_and_header_does_not_matter() -> None:
    data = zip_member(b"name.dcm", SLICES[0])
    assert slices(opened(data.replace(b"name.dcm", b"NAME.DCM", 1))) == 1


def test_folder_entries_of_every_kind_are_ignored() -> None:
    entries = [
        ("a/", b""),
        ("with content/", SLICES[1]),
        ("parent", b""),
        ("parent/1.dcm", SLICES[2]),
        (zip_info("marked", attributes=0x10), b""),
        (zip_info("unix", attributes=stat.S_IFDIR | 0o755, unix=True), b""),
    ]
    study = opened(zipped([*entries, GOOD]))
    assert slices(study) == 2
    assert study.problems == ()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_equal_names_are_different_files() -> None:
    members = [("x", SLICES[0]), ("x", SLICES[1]), ("x", SLICES[2])]
    assert slices(opened(zipped(members))) == 3
    assert slices(opened(tarred(members))) == 3


def test_links_devices_and_sparse_members_are_never_followed(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    link = zip_info("link", attributes=stat.S_IFLNK | 0o777, unix=True)
    assert reasons(opened(zipped([(link, b"/etc/passwd"), GOOD]))) == [
        "it is a link, and links are not followed"
    ]
    kinds = {
        tarfile.SYMTYPE: "it is a link, and links are not followed",
        tarfile.LNKTYPE: "it is a link, and links are not followed",
        tarfile.FIFOTYPE: "it is a device, not a file",
        tarfile.CHRTYPE: "it is a device, not a file",
        tarfile.BLKTYPE: "it is a device, not a file",
        tarfile.GNUTYPE_SPARSE: "it is stored with gaps (a sparse file), which this program does not fill",
    }
    study = opened(tarred([*((tar_info("x", kind, "/etc/passwd"), b"") for kind in kinds), GOOD]))
    assert slices(study) == 1
    assert reasons(study) == list(kinds.values())
    assert list(tmp_path.iterdir()) == []


def test_sparse_members_are_skipped_with_their_maps() -> None:
    header = bytearray(tar_info("sparse", tarfile.GNUTYPE_SPARSE).tobuf())
    header[124:136] = b"00000001000\0"  # 512 bytes of data
    header[482] = 1  # one more block of the map follows
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    study = opened(bytes(header) + bytes(512) + b"x" * 512 + PLAIN_TAR)
    assert slices(study) == 4
    pax = tar_info("named", tarfile.REGTYPE)
    pax.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "real.dcm"}
    assert "sparse" in reasons(opened(tarred([(pax, b"0\n" * 256), GOOD])))[0]


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("study.tar", bytes),
        ("study.tar.gz", gzip.compress),
        ("study.tgz", gzip.compress),
        ("study.tar.bz2", bz2.compress),
        ("study.tar.xz", lzma.compress),
        ("whatever", gzip.compress),
    ],
)
def test_a_tar_gives_the_same_study_as_its_files(name, pack, tmp_path) -> None:
    expected = open_study([SourceFile(str(n), data) for n, data in enumerate(SLICES)])
    study = opened(pack(PLAIN_TAR), name)
    assert study.sha256 == expected.sha256
    assert study.series[0].files[0] == f"{name} / a/0.dcm"
    (tmp_path / name).write_bytes(pack(PLAIN_TAR))
    assert open_study(sources_from_path(tmp_path / name)).sha256 == expected.sha256


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_kept_in_every_format_of_tar(kind) -> None:
    name = f"{'x' * 90}/{'y' * 90}" if kind == tarfile.USTAR_FORMAT else f"{'ü' * 60}/{'y' * 120}.dcm"
    assert opened(tarred([(name, SLICES[0])], kind)).series[0].files == (f"archive / {name}",)


def test_a_tar_without_magic_or_end_is_read() -> None:
    header = bytearray(PLAIN_TAR)
    header[257:265] = bytes(8)
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header[:512]):06o}\0 ".encode()
    assert slices(opened(bytes(header))) == 4
    end = len(PLAIN_TAR.rstrip(b"\0"))
    assert slices(opened(PLAIN_TAR[: end + -end % 512])) == 4


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_comes_before_the_damage_is_opened(pack) -> None:
    second = PLAIN_TAR.find(b"a/1.dcm")
    cut = opened(pack(PLAIN_TAR[: second + 700]))
    assert slices(cut) == 1
    assert reasons(cut) == ["the TAR is damaged or incomplete; files behind the damage are missing"]
    changed = bytearray(PLAIN_TAR)
    changed[second] ^= 1  # the checksum is wrong
    assert reasons(opened(pack(bytes(changed)))) == reasons(cut)


def test_a_truncated_compressed_tar_is_reported() -> None:
    random = np.random.default_rng(0)
    data = gzip.compress(tarred((str(n), d + random.bytes(9000)) for n, d in enumerate(SLICES)))
    study = opened(data[: len(data) // 2])
    assert slices(study) in (1, 2)
    assert reasons(study) == ["its compressed content is incomplete"]


@pytest.mark.parametrize("archive", [zipped, tarred])
def test_compressed_images_in_an_archive_are_read(archive) -> None:
    study = opened(archive([("v.nii.gz", gzip.compress(volume())), ("i.dcm.gz", gzip.compress(SLICES[0]))]))
    assert sorted(series.slices for series in study.series) == [1, 3]


@pytest.mark.parametrize("outer", [zipped, tarred])
@pytest.mark.parametrize(
    "inner",
    [
        zipped([GOOD]),
        PLAIN_TAR,
        gzip.compress(PLAIN_TAR),
        gzip.compress(zipped([GOOD])),
        gzip.compress(gzip.compress(SLICES[1])),
    ],
    ids=["zip", "tar", "tgz", "zip.gz", "gz.gz"],
)
def test_archives_in_archives_are_refused(outer, inner) -> None:
    study = opened(outer([("inner", inner), GOOD]))
    assert slices(study) == 1
    assert reasons(study) == ["archives inside archives are not opened"]


def test_archives_in_gzip_other_than_tar_are_refused() -> None:
    for inner in (zipped([GOOD]), gzip.compress(SLICES[0])):
        with pytest.raises(StudyError, match="archives inside archives"):
            opened(gzip.compress(inner))


def test_a_compressed_dicom_file_is_read() -> None:
    assert slices(opened(gzip.compress(SLICES[0]), "image.dcm.gz")) == 1


def test_all_members_of_a_gzip_file_are_read_and_trailing_bytes_are_ignored() -> None:
    data = SLICES[0]
    members = [gzip.compress(data[at : at + 300]) for at in range(0, len(data), 300)]
    for tail in (b"", bytes(700), b"garbage", b"\x1f"):
        assert np.array_equal(opened(b"".join(members) + tail).series[0].pixels[0], random_pixels(0))
    with pytest.raises(StudyError, match="incomplete"):
        opened(b"".join(members)[:-20])


def test_a_large_member_that_compresses_well_is_read_whole() -> None:
    # zlib takes in all of the input before it has given out all of the output
    voxels = np.zeros((64, 256, 256), np.int16)
    voxels[-1, -1, -1] = 7
    data = gzip.compress(nibabel.Nifti1Image(voxels, np.diag([4, 0.7, 0.7, 1])).to_bytes())
    assert opened(data, "v.nii.gz").series[0].pixels.max() == 7


ZEROS = bytes(48 * MIB)


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: gzip.compress(tarred([("x", ZEROS)]), 1),
        lambda: bz2.compress(tarred([("x", ZEROS)]), 1),
        lambda: lzma.compress(tarred([("x", ZEROS)]), preset=0),
        lambda: gzip.compress(tarred([("x", ZEROS[: 24 * MIB]), ("y", ZEROS[: 24 * MIB])])),
        lambda: gzip.compress(tarred([(".hidden", ZEROS)])),
        lambda: zipped([("x.nii.gz", gzip.compress(ZEROS))]),
    ],
    ids=["gz", "bz2", "xz", "two", "skipped", "gz in zip"],
)
def test_bombs_are_stopped_early(bomb) -> None:
    data = bomb()
    assert len(data) < MIB
    with pytest.raises(StudyError, match="unpacks to a size"):
        opened(data)
    assert peak_mib(data) < 110


def test_forged_headers_of_a_tar_need_little_memory_and_time() -> None:
    long_name = tar_info("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    long_name.size = 8**11 - 1
    with pytest.raises(StudyError, match="more than any study needs"):
        opened(long_name.tobuf() + bytes(10_000))
    # minutes in tarfile before Python 3.11.10
    digits = tar_info("pax", tarfile.XHDTYPE)
    digits.size = 900_000
    with pytest.raises(StudyError, match="damaged"):
        opened(digits.tobuf() + b"1" * 900_096 + PLAIN_TAR)


def test_a_forged_size_ends_at_the_end_of_the_file() -> None:
    huge = tarfile.TarInfo("huge")
    huge.size = 300 * MIB
    with pytest.raises(StudyError, match="incomplete"):
        opened(huge.tobuf() + bytes(5000))
    huge.size = 8**11 - 1
    assert (
        "larger than"
        in reasons(
            opened(PLAIN_TAR.rstrip(b"\0") + bytes(-len(PLAIN_TAR.rstrip(b"\0")) % 512) + huge.tobuf())
        )[0]
    )


def test_the_number_of_files_is_limited(monkeypatch) -> None:
    monkeypatch.setattr(tar_module, "MAX_MEMBERS", 3)
    with pytest.raises(StudyError, match="more files than can be opened"):
        opened(b"".join(tar_info(str(n), tarfile.DIRTYPE).tobuf() for n in range(5)))
    assert MAX_FILES == 20_000


@pytest.mark.parametrize("data", [zipped([("DICOMDIR", b"x")]), tarred([("CD/DICOMDIR", b"x")])])
def test_a_dicomdir_alone_reports_the_missing_images(data, tmp_path) -> None:
    with pytest.raises(StudyError, match="index of a disc"):
        opened(data)
    with pytest.raises(StudyError, match="index of a disc"):
        open_study([SourceFile("DICOMDIR", b"x")])
    index = mr(SOPClassUID="1.2.840.10008.1.3.10")
    del index.PixelData
    with pytest.raises(StudyError, match="index of a disc"):
        open_study([SourceFile("renamed", stored(index))])
    (tmp_path / "DICOMDIR").write_bytes(b"x")
    with pytest.raises(StudyError, match="index of a disc"):
        sources_from_path(tmp_path)


def test_an_empty_tar_is_reported() -> None:
    with pytest.raises(StudyError, match="TAR is empty"):
        opened(tar_info("folder", tarfile.DIRTYPE).tobuf() + bytes(1024))


def test_a_file_that_vanishes_is_a_problem_and_no_error(tmp_path) -> None:
    gone = SourceFile("gone", Path(tmp_path / "gone"))
    study = open_study([SourceFile("good", SLICES[0]), gone])
    assert reasons(study) == ["the file could not be read from disk"]


def test_random_archives_never_raise() -> None:
    rng = np.random.default_rng(3)
    for whole in (
        PLAIN_TAR,
        gzip.compress(PLAIN_TAR),
        bz2.compress(PLAIN_TAR),
        zipped([GOOD, ("b", SLICES[1])]),
    ):
        damaged = []
        for number in range(25):
            data = bytearray(whole)
            for at in rng.integers(0, min(len(data), 3000), size=4):
                data[at] = int(rng.integers(256))
            damaged.append(SourceFile(str(number), bytes(data)))
        assert open_study([SourceFile("good", SLICES[0]), *damaged], patient="patient 1").series
