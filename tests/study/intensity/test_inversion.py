"""Images with undeclared inverted greys are flagged, and no others."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spine_core.phantom import build, healthy, sagittal_pair
from spine_core.study import SourceFile, open_study
from spine_core.study.intensity.inversion import INVERTED, looks_inverted
from spine_core.study.types import Series, Severity
from tests.study.made import AXIAL, mr, stored


@pytest.fixture(scope="module")
def slices() -> dict[str, np.ndarray]:
    """One T1 and one T2 slice of a phantom, uint16 (rows, columns)."""
    phantom = build(healthy(3))
    return {name: one.pixels[0] for name, one in sagittal_pair(phantom, ("t1", "t2"), (7,)).items()}


def eight_bit(pixels: np.ndarray, dark: float = 0.5, bright: float = 99.5) -> np.ndarray:
    low, high = np.percentile(pixels, [dark, bright])
    return np.rint(np.clip((pixels - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def exported(grey: np.ndarray) -> Series:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return open_study([SourceFile("a.png", file.getvalue())]).series[0]


def flagged(series: Series) -> bool:
    """The warning and the refusal come together."""
    warned = any(n.severity is Severity.WARNING and INVERTED in n.text for n in series.notes)
    assert warned == (series.not_gradable == INVERTED)
    return warned


@pytest.mark.parametrize("name", ["t1", "t2"])
def test_a_negative_is_flagged_and_its_positive_is_not(name, slices) -> None:
    grey = eight_bit(slices[name])
    assert not flagged(exported(grey))
    assert flagged(exported(255 - grey))


@pytest.mark.parametrize("name", ["t1", "t2"])
@pytest.mark.parametrize("window", [(5.0, 95.0), (0.0, 100.0), (20.0, 90.0)])
def test_the_window_of_the_export_does_not_matter(name, window, slices) -> None:
    grey = eight_bit(slices[name], *window)
    assert not flagged(exported(grey))
    assert flagged(exported(255 - grey))


@pytest.mark.parametrize("name", ["t1", "t2"])
@pytest.mark.parametrize("frame", [0, 255, 128])
def test_a_frame_around_the_image_does_not_change_the_result(name, frame, slices) -> None:
    grey = eight_bit(slices[name])
    assert not flagged(exported(np.pad(grey, 24, constant_values=frame)))
    assert flagged(exported(np.pad(255 - grey, 24, constant_values=frame)))


def test_a_dicom_stack_of_negatives_is_flagged_and_monochrome1_is_shown_upright(slices) -> None:
    negative = (slices["t2"].max() - slices["t2"]).astype(np.uint16)

    def stack(**elements: object) -> Series:
        files = [stored(mr((4.0 * n, 0, 0), pixels=negative, **elements)) for n in range(3)]
        return open_study([SourceFile(str(n), data) for n, data in enumerate(files)]).series[0]

    assert flagged(stack())
    assert not flagged(stack(PhotometricInterpretation="MONOCHROME1"))


def test_monochrome1_of_a_positive_is_flagged(slices) -> None:
    series = open_study(
        [SourceFile("a", stored(mr(pixels=slices["t2"], PhotometricInterpretation="MONOCHROME1")))]
    ).series[0]
    assert flagged(series)


def test_padding_around_a_negative_does_not_change_the_result(slices) -> None:
    negative = np.pad((slices["t2"].max() - slices["t2"]).astype(np.int16), 30, constant_values=-2000)
    ds = mr(pixels=negative)
    ds.PixelPaddingValue = -2000
    assert flagged(open_study([SourceFile("a", stored(ds))]).series[0])


def test_a_negative_in_another_plane_is_flagged_and_keeps_its_own_reason(slices) -> None:
    negative = (slices["t2"].max() - slices["t2"]).astype(np.uint16)
    series = open_study([SourceFile("a", stored(mr(orientation=AXIAL, pixels=negative)))]).series[0]
    assert "axial" in series.not_gradable
    assert any(INVERTED in note.text for note in series.notes)


def test_other_modalities_are_not_called_inverted(slices) -> None:
    negative = (slices["t2"].max() - slices["t2"]).astype(np.uint16)
    series = open_study([SourceFile("a", stored(mr(pixels=negative, Modality="CT")))]).series[0]
    assert "inverted" not in series.not_gradable
    assert not any("inverted" in note.text for note in series.notes)


@pytest.mark.parametrize("seed", range(8))
def test_noise_and_flat_images_are_not_called_inverted(seed) -> None:
    rng = np.random.default_rng(seed)
    assert not flagged(exported(rng.integers(0, 255, (64, 48), dtype=np.uint8)))
    assert not flagged(exported(np.full((64, 48), 10 * seed, np.uint8)))


def test_no_real_image_is_called_inverted_and_every_negative_is(data_dir: Path) -> None:
    """A few of the 1,815 images on which the bounds were set."""
    folders = [data_dir / name / "images" for name in ("sudirman", "spider", "spider_space")]
    files = [file for folder in folders for file in sorted(folder.glob("*.png"))[::60]]
    assert len(files) > 25
    for file in files:
        series = open_study([SourceFile("a.png", file)]).series[0]
        assert not looks_inverted(series.pixels)
        assert series.padding is None
        assert looks_inverted(255 - series.pixels)
        assert looks_inverted(series.pixels, inverted=True)
