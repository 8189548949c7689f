import dataclasses

import numpy as np
import pytest

from spine_core.anatomy.types import Structure
from spine_core.explanation.perturbation.anatomical_regions import anatomical_segments
from spine_core.explanation.registry import explain
from tests.explanation.toys import TARGET, Linear, disc_image, textured

# A column of vertebrae from column 16 to 39 with discs at rows 28 to 35 and 60 to 63; the canal from 44 to 51.
REGIONS = np.zeros((64, 64), np.uint8)
REGIONS[:, 16:40] = Structure.VERTEBRA
REGIONS[28:36, 16:40] = Structure.DISC
REGIONS[60:, 16:40] = Structure.DISC
REGIONS[:, 44:52] = Structure.CANAL


def image(regions=REGIONS):
    made = disc_image(textured(64), regions=regions)
    disc = dataclasses.replace(
        made.disc, center_px=(31.5, 27.5), posterior_px=(31.5, 40.0), inter_disc_px=32.0
    )
    return dataclasses.replace(made, disc=disc)


def at(pieces, row, column):
    return pieces.names[pieces.numbers[row, column]]


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [
        (31, 17, "Disc, anterior margin"),
        (31, 27, "Disc, centre"),
        (31, 38, "Disc, posterior margin"),
        (26, 27, "Endplate above"),
        (37, 27, "Endplate below"),
        (10, 27, "Vertebra above"),
        (50, 27, "Vertebra below"),
        (31, 47, "Canal at the disc"),
        (2, 47, "Canal above and below"),
        (62, 27, "Neighbouring discs"),
        (31, 5, "In front of the spine"),
        (31, 60, "Behind the canal"),
        (31, 42, "Anterior epidural space"),
    ],
)
def test_structures_have_the_names_of_a_report(row, column, name):
    assert at(anatomical_segments(image()), row, column) == name


def test_prevertebral_tissue_is_never_epidural_space():
    regions = REGIONS.copy()
    regions[31, 2] = Structure.VERTEBRA  # a stray pixel of a network's mask
    assert at(anatomical_segments(image(regions)), 31, 8) != "Anterior epidural space"


def test_every_pixel_belongs_to_one_structure_and_no_structure_is_empty():
    pieces = anatomical_segments(image())
    assert pieces.numbers.min() == 0
    assert np.all(np.bincount(pieces.numbers.ravel()) > 0)
    assert len(pieces.names) == pieces.count == 13


def test_structures_outside_the_image_have_no_name():
    regions = np.where(REGIONS == Structure.CANAL, 0, REGIONS).astype(np.uint8)
    assert not [name for name in anatomical_segments(image(regions)).names if "anal" in name]


def test_image_without_structures_is_one_segment():
    assert anatomical_segments(image(np.zeros_like(REGIONS))).names == ("Elsewhere",)


@pytest.mark.parametrize("method", ["structure_shap", "structure_lime"])
def test_network_that_uses_the_posterior_margin_is_explained_by_it(method):
    here = image()
    pieces = anatomical_segments(here)
    inside = pieces.numbers == pieces.names.index("Disc, posterior margin")
    from spine_core.explanation.perturbation.baselines import method_baseline

    step = (here.pixels - method_baseline(here.pixels, "blur", pieces.numbers))[0]
    network = Linear(np.stack([np.where(inside, np.sign(step), 0), np.zeros((64, 64))]))
    found = explain(method, network, here, TARGET)
    assert found.segment_names[int(np.argmax(found.extra["weights"]))] == "Disc, posterior margin"
    others = np.delete(found.extra["weights"], found.segment_names.index("Disc, posterior margin"))
    assert np.abs(others).max() < 0.05 * found.extra["weights"].max()
    np.testing.assert_array_equal(
        found.attribution, found.extra["weights"].astype(np.float32)[pieces.numbers]
    )


@pytest.mark.parametrize("method", ["structure_shap", "structure_lime"])
def test_image_without_segmentation_is_refused(method):
    with pytest.raises(ValueError, match="this image has no segmentation"):
        explain(method, Linear(np.zeros((2, 64, 64))), dataclasses.replace(image(), regions=None), TARGET)


def test_written_explanation_names_each_structure_with_its_weight():
    from spine_core.explanation.export import explanations_json
    from tests.pages import fakes

    found = explain("structure_shap", Linear(np.ones((2, 64, 64))), image(), TARGET)
    (entry,) = explanations_json([found], image(), fakes.study(), [{}])["explanations"]
    assert [one["name"] for one in entry["structures"]] == list(found.segment_names)
    assert entry["structures"][0]["log_odds"] == pytest.approx(found.extra["weights"][0])
