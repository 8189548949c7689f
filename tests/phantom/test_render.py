from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from spine_core.anatomy.types import LEVELS, Structure
from spine_core.phantom import (
    DEMO,
    LESIONS,
    LevelSpec,
    Phantom,
    PhantomSpec,
    arch,
    axial_slices,
    build,
    healthy,
    mid_index,
    mid_slice,
    sagittal_pair,
    sagittal_slices,
    texture,
    with_lesion,
)


def _pixel(phantom: Phantom, point: tuple[float, float, float]) -> tuple[int, int]:
    _, row, column, _ = phantom.sagittal.to_pixel(point)
    return round(row), round(column)


def _around(phantom: Phantom, level: str, image: npt.NDArray[np.uint16], radius: int) -> float:
    row, column = _pixel(phantom, phantom.centers[level])
    return float(image[row - radius : row + radius + 1, column - radius : column + radius + 1].mean())


def test_the_same_spec_gives_the_same_bytes() -> None:
    first, second = (mid_slice(build(healthy(3)), "t2") for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()


def test_another_seed_gives_another_person() -> None:
    first, second = (mid_slice(build(healthy(seed)), "t2")[0] for seed in (3, 4))
    assert (first != second).mean() > 0.5


def test_slices_do_not_depend_on_which_others_are_rendered() -> None:
    phantom = build(healthy(5))
    middle = mid_index(phantom)
    alone = sagittal_slices(phantom, "t1", (middle,)).pixels[0]
    assert np.array_equal(alone, sagittal_slices(phantom, "t1").pixels[1])
    assert np.array_equal(alone, sagittal_pair(phantom, ("t2", "t1"), (middle,))["t1"].pixels[0])


def test_noise_is_left_out_only_where_nobody_would_see_it(monkeypatch) -> None:
    phantom = build(DEMO)
    drawn = sagittal_pair(phantom, ("t1", "t2"), (5, 7))["t2"], axial_slices(phantom, 4)
    everywhere = texture._Field.at
    monkeypatch.setattr(texture._Field, "at", lambda field, where: everywhere(field, None))
    monkeypatch.setattr(arch, "ROUGHEST", 1e3)
    for one, other in zip(
        drawn, (sagittal_slices(phantom, "t2", (5, 7)), axial_slices(phantom, 4)), strict=True
    ):
        assert np.array_equal(one.pixels, other.pixels)
        assert np.array_equal(one.masks, other.masks)


@pytest.mark.parametrize("lesion", LESIONS)
def test_a_lesion_changes_its_neighbourhood_and_nothing_else(lesion: str) -> None:
    plain = PhantomSpec(9, {"L4/L5": LevelSpec(2), "L3/L4": LevelSpec(3, bulge=2)})
    phantom, marked = build(plain), build(with_lesion(plain, lesion, "L4/L5"))
    images = [mid_slice(p, "t2")[0] for p in (phantom, marked)]
    changed = images[0] != images[1]
    rows, columns = np.indices(changed.shape)
    places = [_pixel(phantom, point["L4/L5"]) for point in (phantom.centers, phantom.posteriors)]
    distances = [np.hypot(rows - row, columns - column) for row, column in places]
    distance = np.minimum(*distances) * phantom.sagittal.spacing[0]
    # A slip moves its whole vertebra and, less, the one above; everything else stays around its disc.
    reach = 95 if lesion == "spondylolisthesis" else 38
    assert changed[distance < 30].any()
    assert not changed[distance > reach].any()


def test_nucleus_darkens_with_every_pfirrmann_grade_on_t2() -> None:
    brightness = []
    for grade in range(1, 6):
        phantom = build(PhantomSpec(2, {"L3/L4": LevelSpec(grade, height=0.9)}))
        brightness.append(_around(phantom, "L3/L4", mid_slice(phantom, "t2")[0], 2))
    assert brightness == sorted(brightness, reverse=True)
    assert brightness[0] > 2 * brightness[4]


@pytest.mark.parametrize("seed", [0, 1, 8])
def test_csf_is_brighter_than_marrow_on_t2_and_darker_on_t1(seed: int) -> None:
    phantom = build(healthy(seed))
    pair = sagittal_pair(phantom, ("t1", "t2"), (mid_index(phantom),))
    mask = ndimage.minimum_filter(pair["t2"].masks[0] == Structure.CANAL, 3)
    bone = ndimage.minimum_filter(pair["t2"].masks[0] == Structure.VERTEBRA, 5)
    t1, t2 = pair["t1"].pixels[0], pair["t2"].pixels[0]
    assert np.median(t2[mask]) > 1.5 * np.median(t2[bone])
    assert np.median(t1[mask]) < 0.7 * np.median(t1[bone])


def test_modic_types_differ_as_defined() -> None:
    # Modic 1988: type 1 dark on T1 and bright on T2, type 2 bright on both, type 3 dark on both.
    values = {}
    plain = build(PhantomSpec(6))
    marrow = mid_slice(plain, "t1")[1] == Structure.VERTEBRA
    for kind in range(4):
        phantom = build(PhantomSpec(6, {"L4/L5": LevelSpec(1, modic=kind)}))
        pair = sagittal_pair(phantom, ("t1", "t2"), (mid_index(phantom),))
        row, column = _pixel(phantom, phantom.centers["L4/L5"])
        near = marrow.copy()
        near[: row - 16] = near[row + 16 :] = False
        near[:, : column - 16] = near[:, column + 16 :] = False
        values[kind] = [float(pair[name].pixels[0][near].mean()) for name in ("t1", "t2")]
    (t1, t2), oedema, fat, sclerosis = values[0], values[1], values[2], values[3]
    assert oedema[0] < t1
    assert oedema[1] > t2
    assert fat[0] > t1
    assert fat[1] > t2
    assert sclerosis[0] < t1
    assert sclerosis[1] < t2


def test_masks_hold_six_discs_or_more_and_one_canal() -> None:
    phantom = build(healthy(10))
    mask = mid_slice(phantom, "t2")[1]
    for level in LEVELS:
        row, column = _pixel(phantom, phantom.centers[level])
        assert mask[row, column] == Structure.DISC
    discs, count = ndimage.label(mask == Structure.DISC)
    sizes = np.bincount(discs.ravel())[1:]
    assert count >= 6
    assert (sizes > 60).sum() >= 6
    canals = np.bincount(ndimage.label(mask == Structure.CANAL)[0].ravel())[1:]
    assert canals.max() > 0.97 * canals.sum()


def test_a_herniation_enters_the_canal_on_its_side_of_the_axial_slice() -> None:
    plain = PhantomSpec(12)
    left = PhantomSpec(12, {"L4/L5": LevelSpec(herniation=7, side=5)})
    before, after = (axial_slices(build(spec), 3).masks[1] for spec in (plain, left))
    grown = (after == Structure.DISC) & (before == Structure.CANAL)
    assert grown.sum() > 20
    # Columns of the axial slices run to the patient's left.
    middle = np.mean(np.nonzero(before == Structure.CANAL)[1])
    assert np.mean(np.nonzero(grown)[1]) > middle + 3


def test_canal_narrowing_reduces_the_sac_by_the_specified_fraction() -> None:
    depths = []
    for fraction in (0.0, 0.5):
        phantom = build(PhantomSpec(13, {"L3/L4": LevelSpec(canal=fraction)}))
        row, column = _pixel(phantom, phantom.posteriors["L3/L4"])
        line = mid_slice(phantom, "t2")[1][row, column : column + 40]
        depths.append(int((line == Structure.CANAL).sum()))
    assert depths[1] / depths[0] == pytest.approx(0.5, abs=0.12)


def test_unknown_weighting_is_refused() -> None:
    with pytest.raises(ValueError, match="'pd'"):
        mid_slice(build(healthy(0)), "pd")
