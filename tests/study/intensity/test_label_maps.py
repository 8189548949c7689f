from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from spine_core.phantom import build, healthy
from spine_core.phantom.render import mid_index, sagittal_slices
from spine_core.study import SourceFile, open_study
from spine_core.study.intensity.label_maps import is_label_map


@pytest.fixture(scope="module")
def rendered():
    phantom = build(healthy(3))
    return sagittal_slices(phantom, "t2", [mid_index(phantom)])


def png(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, kind, **options)
    return file.getvalue()


def test_masks_of_few_and_of_many_labels_are_label_maps(rendered) -> None:
    labels = rendered.masks
    parts, count = ndimage.label(labels)
    assert count > 5
    for volume in (labels, labels > 0, 80 * labels, parts, (100 + 3 * parts).astype(np.float32)):
        assert is_label_map(np.asarray(volume))


@pytest.mark.parametrize("quality", [75, 90])
def test_a_mask_saved_as_jpeg_is_still_one(rendered, quality) -> None:
    data = png(80 * rendered.masks[0], "JPEG", quality=quality)
    assert open_study([SourceFile("a", data)]).series[0].not_gradable == "a mask or label map, not an image"


def test_images_are_no_label_maps(rendered) -> None:
    grey = rendered.pixels / rendered.pixels.max() * 255
    assert not is_label_map(rendered.pixels)
    assert not is_label_map(grey.astype(np.uint8))
    assert not is_label_map(np.zeros((3, 20, 20), np.int16))
    assert not is_label_map(np.random.default_rng(0).integers(0, 256, (1, 64, 64)))
    heavy = Image.open(io.BytesIO(png(grey[0], "JPEG", quality=10)))
    assert not is_label_map(np.asarray(heavy)[None])


def test_no_real_image_is_taken_for_a_mask_and_every_mask_is(data_dir) -> None:
    def found(pattern: str) -> list[bool]:
        files = sorted(data_dir.glob(pattern))[::25]
        return [is_label_map(np.asarray(Image.open(file).convert("L"))[None]) for file in files]

    assert not any(found("sudirman/images/*.png"))
    assert not any(found("spider/images/*.png"))
    assert all(found("spider_space/masks/*.png"))
