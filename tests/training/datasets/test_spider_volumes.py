"""Small volumes in SPIDER's layout, whose discs lie where they were put, however the file is oriented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from spine_core.anatomy.types import Structure
from spine_core.training.datasets.spider_volumes import CANAL, FIRST_DISC, read_volumes

HEAD = (
    "Patient,IVD label,Modic,UP endplate,LOW endplate,Spondylolisthesis,Disc herniation,Disc narrowing,"
    "Disc bulging,Pfirrman grade"
)


def volume() -> tuple[np.ndarray, np.ndarray]:
    """Signal and labels as (slices to the left, rows down, columns to the back); the canal is widest in slice 4."""
    labels = np.zeros((8, 120, 60), dtype=np.uint16)
    for number in range(3):
        row = 100 - 30 * number
        labels[2:7, row : row + 8, 10:30] = FIRST_DISC + number
        labels[2:7, row - 20 : row - 2, 10:30] = 1 + number
    labels[3:6, :, 32:36] = CANAL
    labels[4, :, 32:40] = CANAL
    signal = np.zeros(labels.shape, dtype=np.int16)
    signal[labels > 0] = 100
    signal[:, :20] += 50  # the head end is brighter
    return signal, labels


def write(folder: Path, name: str, orientation: str, spacing=(4.0, 0.5, 0.5)) -> None:
    for part, array in zip(("images", "masks"), volume(), strict=True):
        # back to SimpleITK's order for LPS: (up, back, left)
        image = sitk.GetImageFromArray(np.ascontiguousarray(np.moveaxis(array, 0, 2)[::-1]))
        image.SetSpacing(spacing)
        (folder / part).mkdir(exist_ok=True)
        sitk.WriteImage(sitk.DICOMOrient(image, orientation), str(folder / part / name), useCompression=True)


@pytest.fixture
def spider(tmp_path: Path) -> Path:
    lines = [HEAD, "7,1,2,0,1,0,1,1,1,4", "7,2,0,0,0,0,0,0,1,3", "8,1,0,0,0,0,0,0,0,1"]
    (tmp_path / "radiological_gradings.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.mark.parametrize("orientation", ["LPS", "RAI", "PIR", "ASL"])
def test_discs_have_their_true_positions_and_grades(spider: Path, orientation: str) -> None:
    write(spider, "7_t2.mha", orientation)
    (image,) = read_volumes(spider, {"7": 1})
    assert (image.patient, image.sequence, image.fold) == ("7", "t2", 1)
    assert image.pixels.shape == (120, 60)
    assert image.pixels[:20].mean() > image.pixels[20:40].mean(), "the head is up"
    assert [disc.level for disc in image.discs] == ["L5/S1", "L4/L5", "L3/L4"]
    assert [disc.center for disc in image.discs] == [(103.5, 19.5), (73.5, 19.5), (43.5, 19.5)]
    assert image.discs[0].posterior == pytest.approx((103.5, 29), abs=1.5)
    assert image.discs[0].grades == {
        "modic": 2, "endplate_upper": 0, "endplate_lower": 1, "spondylolisthesis": 0, "herniation": 1,
        "narrowing": 1, "bulging": 1, "pfirrmann": 4,
    }  # fmt: skip
    assert image.discs[2].grades == {}
    assert image.mask is not None
    assert (image.mask == Structure.CANAL).sum() == 120 * 8, "the slice with most of the canal"
    assert image.mask[103, 15] == Structure.DISC
    assert image.mask[90, 15] == Structure.VERTEBRA


def test_anisotropic_pixels_are_resampled_to_square_ones(spider: Path) -> None:
    write(spider, "8_t1.mha", "LPS", spacing=(4.0, 0.5, 1.0))
    (image,) = read_volumes(spider, {})
    assert image.pixels.shape == (240, 60)
    assert image.fold == 2, "patients of no known fold are for training"


def test_a_volume_without_its_mask_is_named_and_space_is_left_out(spider: Path) -> None:
    write(spider, "7_t2_SPACE.mha", "LPS")
    assert list(read_volumes(spider, {})) == []
    write(spider, "7_t2.mha", "LPS")
    (spider / "masks" / "7_t2.mha").unlink()
    with pytest.raises(FileNotFoundError, match=r"7_t2\.mha is missing; it belongs to"):
        list(read_volumes(spider, {}))
