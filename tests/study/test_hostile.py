"""Malicious and damaged files: each is refused with one sentence, quickly and with little memory."""

from __future__ import annotations

import io
import struct
import threading
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from spine_core.study import SourceFile, StudyError, open_study
from spine_core.study.limits import MIB
from tests.study.made import mr, random_pixels, stored


def refused(data: bytes, name: str = "bad") -> str:
    """The reason for the refusal. A valid file in the same upload must still open."""
    study = open_study([SourceFile("good", stored(mr())), SourceFile(name, data)])
    assert len(study.series) == 1
    (problem,) = study.problems
    assert problem.file.startswith(name)
    return problem.reason


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def peak_mib(data: bytes) -> float:
    tracemalloc.start()
    try:
        with pytest.raises(StudyError):
            open_study([SourceFile("bad", data)])
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "..\\..\\x", "C:/x"])
def test_zip_slip_is_refused_and_nothing_is_written(name, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "outside the archive" in refused(zipped({name: stored(mr())}))
    assert list(tmp_path.iterdir()) == []


def test_a_zip_bomb_is_stopped_while_it_inflates() -> None:
    bomb = zipped({"x": bytes(200 * MIB)})
    assert len(bomb) < MIB
    assert "unpacks to a size" in refused(bomb)
    assert peak_mib(bomb) < 100


def test_sizes_in_a_zip_are_not_trusted() -> None:
    bomb = bytearray(zipped({"x": bytes(60 * MIB)}))
    directory = bomb.rfind(b"PK\x01\x02")
    struct.pack_into("<L", bomb, directory + 24, 100)  # claims 100 bytes
    struct.pack_into("<L", bomb, 22, 100)
    assert peak_mib(bytes(bomb)) < 100


def test_a_zip_directory_too_long_to_list_is_refused() -> None:
    entry = zipped({"a": b""})
    start, end = entry.rfind(b"PK\x01\x02"), entry.rfind(b"PK\x05\x06")
    many = entry[start:end] * 250_000
    tail = bytearray(entry[end:])
    struct.pack_into("<L", tail, 12, len(many))
    assert "more files than can be opened" in refused(entry[:start] + many + bytes(tail))


def test_encrypted_members_are_refused() -> None:
    data = bytearray(zipped({"x": stored(mr())}))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refused(bytes(data))


def test_archives_in_archives_are_refused() -> None:
    assert "archives inside archives" in refused(zipped({"inner.zip": zipped({"x": stored(mr())})}))


@pytest.mark.parametrize("magic", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x00", b"BZh9", b"\xfd7zXZ\x00"])
def test_other_archives_are_named_as_such(magic) -> None:
    assert "archives of this kind" in refused(magic + bytes(600))


def test_a_damaged_zip_is_refused() -> None:
    good = zipped({"x": stored(mr(pixels=random_pixels(1, 64, 64)))})
    assert "damaged" in refused(good[:-40])
    broken = bytearray(good)
    broken[200:260] = bytes(60)
    assert "damaged" in refused(bytes(broken))


def test_an_empty_zip_is_reported() -> None:
    assert refused(zipped({})) == "the ZIP is empty"


def deflated(body: bytes) -> bytes:
    ds = mr()
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = stored(ds)
    start = whole.find(b"\x02\x00\x10\x00")
    meta_end = start + 8 + int.from_bytes(whole[start + 6 : start + 8], "little")
    while whole[meta_end : meta_end + 2] == b"\x02\x00":
        length = int.from_bytes(whole[meta_end + 6 : meta_end + 8], "little")
        meta_end += 8 + length
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    return whole[:meta_end] + squeezed.compress(body) + squeezed.flush()


def test_a_deflated_bomb_is_stopped_while_it_inflates() -> None:
    private = struct.pack("<HH2sHL", 0x0009, 0x1010, b"OB", 0, 300 * MIB)
    bomb = deflated(private + bytes(300 * MIB))
    assert len(bomb) < MIB
    assert "unpacks to a size" in refused(bomb)
    assert peak_mib(bomb) < 150


def test_a_damaged_deflated_file_is_refused() -> None:
    good = deflated(b"")
    assert "compressed content" in refused(good[:-2] + b"\xff\xff\xff\xff")


def test_a_huge_header_is_refused_before_memory_is_taken() -> None:
    ds = mr(Rows=65535, Columns=65535)
    assert "65535 x 65535" in refused(stored(ds))
    assert peak_mib(stored(mr(Rows=65535, Columns=65535))) < 20


def test_missing_frames_are_refused() -> None:
    assert "incomplete" in refused(stored(mr(NumberOfFrames=5000)))
    assert "more than can be opened" in refused(stored(mr(NumberOfFrames=2_000_000)))


def test_truncated_pixels_are_refused() -> None:
    assert "incomplete" in refused(stored(mr())[:-100])
    rle = stored(mr(pixels=random_pixels(2, 64, 64)), RLELossless)
    assert "incomplete" in refused(rle[:-500])


def rle(stream: bytes, rows: int, columns: int) -> bytes:
    ds = mr(Rows=rows, Columns=columns)
    ds.file_meta.TransferSyntaxUID = RLELossless
    ds.PixelData = encapsulate([stream])
    ds["PixelData"].is_undefined_length = True
    return stored(ds)


def test_an_rle_bomb_is_refused_before_it_is_decoded() -> None:
    # two segments that each expand 64 times, behind a header that declares a small image, and a large one
    runs = b"\x81\x00" * 1_500_000
    header = struct.pack("<16L", 2, 64, 64 + len(runs), *[0] * 13)
    assert "do not fit" in refused(rle(header + runs + runs, 64, 64))
    assert "more than can be opened" in refused(rle(header + runs + runs, 14000, 14000))
    assert "do not fit" in refused(rle(header, 4000, 4000))


def test_a_codestream_larger_than_its_header_is_refused() -> None:
    ds = mr(pixels=random_pixels(1, 64, 64))
    ds.file_meta.TransferSyntaxUID = JPEG2000Lossless
    size = struct.pack(">HHLLLLLLLLH", 41, 0, 65535, 65535, 0, 0, 65535, 65535, 0, 0, 1)
    stream = b"\xff\x4f\xff\x51" + size + b"\x0f\x01\x01" + b"\xff\xd9" + bytes(200)
    ds.PixelData = encapsulate([stream])
    ds["PixelData"].is_undefined_length = True
    assert "do not have the size" in refused(stored(ds))


def nested(depth: int, *, defined: bool) -> bytes:
    tag = struct.pack("<HH2sH", 0x0008, 0x1140, b"SQ", 0)
    if not defined:
        start = tag + b"\xff" * 4 + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
        end = struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
        return start * depth + end * depth
    body = b""
    for _ in range(depth):
        item = struct.pack("<HHL", 0xFFFE, 0xE000, len(body)) + body
        body = tag + struct.pack("<L", len(item)) + item
    return body


def with_sequence(sequence: bytes) -> bytes:
    data = stored(mr())
    at = data.find(struct.pack("<HH2s", 0x0010, 0x0010, b"PN"))
    return data[:at] + sequence + data[at:]


def test_deeply_nested_sequences_are_refused() -> None:
    assert "nests sequences" in refused(with_sequence(nested(3000, defined=False)))


def test_nesting_that_evades_the_count_does_not_crash_the_interpreter() -> None:
    # an empty sequence in each item makes the count of open sequences fall back to zero
    tag = struct.pack("<HH2sH", 0x0008, 0x1140, b"SQ", 0)
    empty = (
        struct.pack("<HH2sH", 0x0008, 0x1111, b"SQ", 0) + b"\xff" * 4 + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    )
    start = tag + b"\xff" * 4 + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + empty
    data = with_sequence(start * 3000)
    reasons: list[str] = []
    thread = threading.Thread(target=lambda: reasons.append(refused(data)))
    thread.start()
    thread.join(30)
    assert len(reasons) == 1
    assert "nests sequences" in reasons[0]


def test_nested_sequences_of_defined_length_are_never_unfolded() -> None:
    study = open_study([SourceFile("a", with_sequence(nested(3000, defined=True)))])
    assert np.array_equal(study.series[0].pixels[0], random_pixels(0))


def test_sequences_as_deep_as_real_ones_are_read() -> None:
    study = open_study([SourceFile("a", with_sequence(nested(8, defined=False)))])
    assert np.array_equal(study.series[0].pixels[0], random_pixels(0))


@pytest.mark.slow
def test_millions_of_items_or_elements_are_refused() -> None:
    start = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF)
    items = struct.pack("<HHL", 0xFFFE, 0xE000, 0) * 400_000
    end = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    assert "more than any image needs" in refused(with_sequence(start + items + end))
    elements = b"".join(struct.pack("<HH2sH", 0x0009, n % 65536, b"LO", 0) for n in range(1_200_000))
    item = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + elements + struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
    reason = refused(with_sequence(start + item + end))
    assert reason in ("its header holds more than any image needs", "its DICOM header is damaged")


def test_a_value_of_millions_of_numbers_is_refused() -> None:
    ds = mr()
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    data = stored(ds)
    at = data.find(struct.pack("<HH", 0x0028, 0x0030))
    (length,) = struct.unpack_from("<L", data, at + 4)
    many = b"1\\" * 2_000_000
    data = data[: at + 4] + struct.pack("<L", len(many)) + many + data[at + 8 + length :]
    assert "more than any image needs" in refused(data)
    assert peak_mib(data) < 40


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"Patient: Jane Doe\nLumbar spine\n" * 30, "it is a text file; only images are read"),
        (b"%PDF-1.7" + bytes(900), "it is a PDF document; only images are read"),
        (bytes(4000), "it is not a DICOM, NIfTI, PNG or JPEG file"),
        (b"\x08\x00" * 300, "it is not a DICOM, NIfTI, PNG or JPEG file"),
    ],
)
def test_text_and_noise_are_not_taken_for_dicom(data, reason) -> None:
    assert refused(data) == reason


def test_random_bytes_never_raise() -> None:
    rng = np.random.default_rng(0)
    heads = [b"", bytes(128) + b"DICM", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b"]
    sources = [SourceFile(f"{n}", heads[n % 6] + rng.bytes(int(rng.integers(1, 3000)))) for n in range(120)]
    study = open_study([SourceFile("good", stored(mr())), *sources])
    assert len(study.series) == 1
    assert len(study.problems) + sum("without images" in note.text for note in study.notes) >= 100


def test_damaged_copies_of_a_good_file_never_raise() -> None:
    rng = np.random.default_rng(1)
    good = stored(mr(pixels=random_pixels(1, 48, 48)), RLELossless)
    sources = []
    for number in range(150):
        data = bytearray(good)
        for at in rng.integers(128, len(data), size=6):
            data[at] = int(rng.integers(256))
        sources.append(SourceFile(str(number), bytes(data)))
    study = open_study([SourceFile("good", stored(mr())), *sources], patient="patient 1")
    assert study.series


@pytest.mark.parametrize("explicit", [True, False])
def test_a_data_set_without_file_header_is_read_when_it_is_plausible(explicit) -> None:
    ds = mr()
    if not explicit:
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    whole = stored(ds)
    body = whole[whole.find(struct.pack("<HH", 0x0008, 0x0008)) :]
    assert np.array_equal(open_study([SourceFile("a", body)]).series[0].pixels[0], random_pixels(0))
