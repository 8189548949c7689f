"""From files to findings: a phantom study read, corrected, and inputs that are refused."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.cross_series import LEVELS_DISAGREE
from spine_core.anatomy.detection import detect_discs, uncertain
from spine_core.anatomy.types import LEVELS, LevelCount, Source
from spine_core.evaluation.types import LabelledImage
from spine_core.grading.export import reading_csv, reading_json
from spine_core.grading.position_checks import levels_off_disc, levels_with_warning
from spine_core.grading.read import read_study
from spine_core.grading.reader_edits import CorrectionError, add_disc, move_disc, remove_disc, shift_levels
from spine_core.grading.types import PositionWarning, Reading, Status
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.phantom import PhantomSpec, build, healthy, with_lesion, write_study
from spine_core.study import open_study, sources_from_path
from spine_core.study.types import Patient, Plane, Study, Weighting
from spine_core.training.datasets.crop_cache import series_of
from spine_core.training.evaluation.ood_eval import MISPLACEMENTS, misplaced


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle()


@pytest.fixture(scope="module")
def spec() -> PhantomSpec:
    return with_lesion(with_lesion(healthy(7), "pfirrmann", "L4/L5", 5), "herniation", "L4/L5")


@pytest.fixture(scope="module")
def study(spec: PhantomSpec, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = write_study(build(spec), tmp_path_factory.mktemp("phantom"))
    return open_study(sources_from_path(folder))


@pytest.fixture(scope="module")
def reading(study: Study, bundle: Bundle) -> Reading:
    return read_study(study, bundle)


def image_study(labelled_image: LabelledImage, *, weighting: Weighting | None = None) -> Study:
    series = series_of(labelled_image)
    if weighting is not None:
        series = replace(series, weighting=weighting)
    return Study((series,), (), Patient("p"), "0" * 64)


@pytest.mark.slow
def test_the_discs_of_a_phantom_are_detected_at_their_true_positions(
    reading: Reading, spec: PhantomSpec, study: Study
) -> None:
    truth = build(spec).centers
    assert [d.level for d in reading.discs] == list(LEVELS)
    for disc in reading.discs:
        assert disc.center_mm is not None
        assert np.hypot(*np.subtract(disc.center_mm, truth[disc.level])[1:]) < 6.0
        assert abs(disc.center_mm[0] - truth[disc.level][0]) < 9.0


def test_every_level_has_every_condition_and_probabilities_sum_to_one(reading: Reading) -> None:
    assert {(f.level, f.condition) for f in reading.findings} == {
        (lv, c.name) for lv in LEVELS for c in CONDITIONS
    }
    for finding in reading.findings:
        assert finding.status is Status.GRADED
        assert sum(finding.probabilities.values()) == pytest.approx(1.0, abs=1e-4)
        assert finding.grade == max(finding.probabilities, key=lambda g: finding.probabilities[g])


def test_the_degenerated_disc_of_a_phantom_is_graded_worse_than_the_healthy_one(reading: Reading) -> None:
    def expected(level: str) -> float:
        finding = reading.finding(level, "pfirrmann")
        assert finding is not None
        return sum(int(grade) * probability for grade, probability in finding.probabilities.items())

    assert expected("L4/L5") > expected("L2/L3") + 1.0


def test_both_weightings_are_cropped_at_the_same_position(reading: Reading) -> None:
    for image in reading.images.values():
        assert all(channel is not None for channel in image.channels)
        assert image.regions is not None
        assert {1, 2, 3} <= set(np.unique(image.regions).tolist())


def test_a_spine_that_crosses_the_stack_is_read_on_other_slices_at_its_ends(
    study: Study, bundle: Bundle
) -> None:
    """The phantom sheared sideways by four slices (18 mm) between L1/L2 and L5/S1, as in a scoliosis."""
    series = next(s for s in study.series if s.plane is Plane.SAGITTAL and s.weighting is Weighting.T2)
    straight = detect_discs(bundle.detector, series)
    ends = [disc.center_px[0] for disc in straight.discs]
    shift = np.interp(np.arange(series.rows), [ends[0], ends[-1]], [-2.0, 2.0])
    slices = np.clip(np.arange(series.slices)[:, None] - np.rint(shift)[None], 0, series.slices - 1).astype(
        int
    )
    sheared = replace(series, pixels=series.pixels[slices, np.arange(series.rows)[None]])
    found = detect_discs(bundle.detector, sheared)
    assert [d.level for d in found.discs] == list(LEVELS)
    middle = straight.discs[2].slice_index
    off = [d.slice_index - (middle + s) for d, s in zip(found.discs, (-2, -1, 0, 1, 2), strict=True)]
    assert np.abs(off).mean() <= 1.0
    assert found.discs[-1].slice_index > found.discs[0].slice_index


def test_without_t2_the_pfirrmann_grade_is_not_guessed(study: Study, bundle: Bundle) -> None:
    t1 = replace(study, series=tuple(s for s in study.series if s.weighting is Weighting.T1))
    reading = read_study(t1, bundle)
    found = reading.finding("L4/L5", "pfirrmann")
    assert found is not None
    assert found.status is Status.NOT_GRADABLE
    assert "T2" in found.reason
    assert not found.probabilities
    bulge, modic = reading.finding("L4/L5", "bulging"), reading.finding("L4/L5", "modic")
    assert bulge is not None
    assert modic is not None
    assert bulge.status is Status.GRADED
    assert bulge.reason == ""
    assert modic.status is Status.GRADED
    assert "without sagittal T2" in modic.reason


def test_an_axial_series_alone_is_not_graded_and_the_reading_has_a_note(study: Study, bundle: Bundle) -> None:
    axial = replace(study, series=tuple(s for s in study.series if s.plane is Plane.AXIAL))
    assert axial.series
    reading = read_study(axial, bundle)
    assert reading.discs == ()
    assert reading.findings == ()
    assert reading.notes


def test_a_photograph_is_not_taken_for_a_spine(bundle: Bundle) -> None:
    from skimage import data

    for name in ("camera", "coins", "brick", "moon"):
        labelled_image = LabelledImage("x", "p", 0, "t2", "p.png", getattr(data, name)(), ())
        assert read_study(image_study(labelled_image), bundle).discs == (), name


@pytest.fixture(scope="module")
def pair(labelled_images: tuple[LabelledImage, ...]) -> Study:
    """T1 and T2 of one patient as PNG files: no header and no common coordinates."""
    by_name = {p.name: p for p in labelled_images if p.source == "spider" and p.fold == 1}
    patient = next(
        p.patient for p in by_name.values() if {f"{p.patient}_t1.png", f"{p.patient}_t2.png"} <= set(by_name)
    )
    series = [series_of(by_name[f"{patient}_{w}.png"]) for w in ("t1", "t2")]
    return Study(tuple(replace(s, weighting=Weighting.UNKNOWN) for s in series), (), Patient("p"), "0" * 64)


@pytest.mark.slow
def test_images_of_both_weightings_are_read_together_with_the_discs_on_t2(
    pair: Study, bundle: Bundle
) -> None:
    reading = read_study(pair, bundle)
    assert {d.series_uid for d in reading.discs} == {pair.series[1].uid}
    assert all(channel is not None for image in reading.images.values() for channel in image.channels)


def test_a_correction_of_images_keeps_t1_and_t2_of_one_disc_together(pair: Study, bundle: Bundle) -> None:
    reading = read_study(pair, bundle)
    shifted = shift_levels(pair, reading, bundle, -1)
    np.testing.assert_array_equal(shifted.images["L3/L4"].pixels, reading.images["L4/L5"].pixels)
    place = reading.discs[1].center_px
    moved = move_disc(pair, reading, bundle, "L4/L5", (place[0] + 1.0, place[1]))
    t2, t1 = moved.images["L4/L5"].channels
    assert t2 is not None
    assert t1 is None, "a correction on T2 does not give the position on T1"


def test_equal_studies_give_equal_readings(study: Study, bundle: Bundle, reading: Reading) -> None:
    again = read_study(study, bundle)
    assert reading_json(study, again) == reading_json(study, reading)


def test_all_level_names_shift_and_the_last_disc_is_dropped(
    study: Study, bundle: Bundle, reading: Reading
) -> None:
    alone = replace(reading, anatomies=(replace(reading.anatomies[0], beyond=()), *reading.anatomies[1:]))
    moved = shift_levels(study, alone, bundle, 1)
    assert [d.level for d in moved.discs] == list(LEVELS[1:])
    before = next(d for d in reading.discs if d.level == "L3/L4")
    after = next(d for d in moved.discs if d.level == "L4/L5")
    assert after.center_px == before.center_px
    assert after.source is Source.READER
    old, new = reading.finding("L3/L4", "pfirrmann"), moved.finding("L4/L5", "pfirrmann")
    assert old is not None
    assert new is not None
    assert new.probabilities == pytest.approx(dict(old.probabilities), abs=1e-4)
    assert moved.corrections == ("level names moved by 1 towards the feet",)


def test_a_moved_disc_is_graded_where_the_reader_put_it(
    study: Study, bundle: Bundle, reading: Reading
) -> None:
    target = next(d for d in reading.discs if d.level == "L2/L3")
    moved = move_disc(study, reading, bundle, "L4/L5", target.center_px, slice_index=target.slice_index)
    disc = next(d for d in moved.discs if d.level == "L4/L5")
    assert disc.center_px == target.center_px
    assert disc.source is Source.READER
    a, b = moved.finding("L4/L5", "pfirrmann"), reading.finding("L4/L5", "pfirrmann")
    assert a is not None
    assert b is not None
    assert a.probabilities != b.probabilities
    assert moved.finding("L1/L2", "modic") == reading.finding("L1/L2", "modic")


def test_a_slice_to_which_a_disc_is_moved_is_segmented(
    study: Study, bundle: Bundle, reading: Reading
) -> None:
    before = reading.anatomies[0]
    disc = next(d for d in reading.discs if d.level == "L4/L5")
    free = set(range(study.by_uid(before.series_uid).slices)) - set(before.masks)
    neighbour = min(free, key=lambda index: abs(index - disc.slice_index))
    moved = move_disc(study, reading, bundle, "L4/L5", disc.center_px, slice_index=neighbour)
    after = moved.anatomies[0]
    assert neighbour in after.masks
    assert neighbour in after.uncertainty
    assert all(after.masks[index] is mask for index, mask in before.masks.items())
    assert moved.measurements["L4/L5"].disc_height is not None


def test_a_disc_placed_off_the_segmented_discs_is_reported(
    study: Study, bundle: Bundle, reading: Reading
) -> None:
    upper, disc = (next(d for d in reading.discs if d.level == level) for level in ("L3/L4", "L4/L5"))
    assert (
        levels_with_warning(shift_levels(study, reading, bundle, -1).findings, PositionWarning.OFF_DISC) == ()
    )

    def moved(row: float, column: float) -> Reading:
        return move_disc(study, reading, bundle, "L4/L5", (row, column), slice_index=disc.slice_index)

    def moved_to(row: float, column: float) -> tuple[str, ...]:
        return levels_with_warning(moved(row, column).findings, PositionWarning.OFF_DISC)

    row, column = disc.center_px
    assert moved_to(row + 1, column) == ()
    # In front of the spine, and in the middle of a vertebra.
    assert moved_to(row, column - disc.inter_disc_px) == ("L4/L5",)
    assert moved_to(*np.mean([disc.center_px, upper.center_px], axis=0)) == ("L4/L5",)
    # The exports carry the warning too, with every grade of that disc and of no other.
    wrong = moved(row, column - disc.inter_disc_px)
    rows = list(csv.DictReader(io.StringIO(reading_csv(wrong))))
    assert {one["level"] for one in rows if PositionWarning.OFF_DISC in one["reason"]} == {"L4/L5"}
    marked = [
        one
        for one in reading_json(study, wrong)["findings"]
        if one["reason"].startswith(PositionWarning.OFF_DISC)
    ]
    assert len(marked) == sum(f.grade is not None for f in wrong.findings if f.level == "L4/L5") > 5


def test_a_removed_disc_can_be_added_again(study: Study, bundle: Bundle, reading: Reading) -> None:
    disc = next(d for d in reading.discs if d.level == "L3/L4")
    without = remove_disc(study, reading, bundle, "L3/L4")
    assert without.finding("L3/L4", "bulging") is None
    back = add_disc(study, without, bundle, "L3/L4", disc.center_px, slice_index=disc.slice_index)
    assert [d.level for d in back.discs] == list(LEVELS)
    assert back.corrections == ("L3/L4 removed", "L3/L4 added")


def test_a_disc_above_the_lumbar_ones_gets_a_name_when_levels_shift(
    study: Study, bundle: Bundle, reading: Reading
) -> None:
    above = next(d for d in reading.anatomies[0].beyond if d.level == "T12/L1")
    moved = shift_levels(study, reading, bundle, 1)
    assert [d.level for d in moved.discs] == list(LEVELS)
    assert moved.discs[0].center_px == above.center_px
    assert moved.anatomies[0].level_certain
    back = shift_levels(study, moved, bundle, -1)
    assert [(d.level, d.center_px) for d in back.discs] == [(d.level, d.center_px) for d in reading.discs]


def test_shifting_levels_away_and_back_loses_no_disc(study: Study, bundle: Bundle, reading: Reading) -> None:
    away = shift_levels(study, shift_levels(study, reading, bundle, -1), bundle, -1)
    assert [d.level for d in away.discs] == list(LEVELS[:3]) + (["L4/L5"] if away.discs[3:] else [])
    back = shift_levels(study, shift_levels(study, away, bundle, 1), bundle, 1)
    assert [(d.level, d.center_px) for d in back.discs] == [(d.level, d.center_px) for d in reading.discs]
    assert [(d.level, d.center_px) for d in back.anatomies[0].beyond] == [
        (d.level, d.center_px) for d in reading.anatomies[0].beyond
    ]


def test_a_level_count_warning_disappears_when_the_reader_shifts_levels(
    study: Study, bundle: Bundle, reading: Reading
) -> None:
    count = LevelCount(higher=0.0, correct=0.6, lower=0.4, limit=0.1)
    first = replace(
        reading.anatomies[0], level_certain=False, level_count=count, reasons=(uncertain(count), "kept")
    )
    doubted = replace(
        reading, anatomies=(first, *reading.anatomies[1:]), notes=(uncertain(count), LEVELS_DISAGREE, "kept")
    )
    assert reading_json(study, doubted)["level_count"] == {
        "probability_every_disc_one_level_higher": 0.0,
        "probability_right": 0.6,
        "probability_every_disc_one_level_lower": 0.4,
        "uncertain_from": 0.1,
        "certain": False,
    }
    moved = shift_levels(study, doubted, bundle, 1)
    assert moved.notes == ("kept",)
    assert moved.anatomies[0].reasons == ("kept",)
    exported = reading_json(study, moved)
    assert exported["level_count"]["probability_every_disc_one_level_lower"] == 0.4
    assert exported["corrections"] == ["level names moved by 1 towards the feet"]


def test_impossible_corrections_are_refused_with_a_message(
    study: Study, bundle: Bundle, reading: Reading
) -> None:
    with pytest.raises(CorrectionError, match="outside"):
        move_disc(study, reading, bundle, "L4/L5", (-5.0, 10.0))
    with pytest.raises(CorrectionError, match="already"):
        add_disc(study, reading, bundle, "L4/L5", (100.0, 100.0))
    with pytest.raises(CorrectionError, match="no disc would be left"):
        shift_levels(study, reading, bundle, 9)


def test_exports_carry_the_disclaimer_and_every_finding(study: Study, reading: Reading) -> None:
    exported = reading_json(study, reading)
    assert "Not a diagnosis" in exported["disclaimer"]
    assert len(exported["findings"]) == len(LEVELS) * len(CONDITIONS)
    assert exported["discs"][0]["sop_instance_uid"]
    lines = reading_csv(reading).splitlines()
    assert len(lines) == 1 + len(LEVELS) * len(CONDITIONS)
    assert all("Not a diagnosis" in line for line in lines[1:])


@pytest.mark.slow
def test_discs_of_real_slices_are_detected_at_their_marks(
    labelled_images: tuple[LabelledImage, ...], bundle: Bundle
) -> None:
    """Patients of fold 1, which no network was trained on; the model card has the result for all of them."""
    labelled = [p for p in labelled_images if p.fold == 1 and p.source == "sudirman"][:12]
    hits = []
    for labelled_image in labelled:
        found = {d.level: d for d in read_study(image_study(labelled_image), bundle).discs}
        for label in labelled_image.discs:
            if label.level in LEVELS and label.center is not None:
                disc = found.get(label.level)
                miss = (
                    9.0
                    if disc is None
                    else np.hypot(*np.subtract(disc.center_px, label.center)) / labelled_image.inter_disc_px
                )
                hits.append(miss < 0.2)
    assert np.mean(hits) > 0.9


@pytest.mark.slow
def test_on_real_slices_only_misplaced_discs_are_reported(
    labelled_images: tuple[LabelledImage, ...], bundle: Bundle
) -> None:
    labelled = [p for p in labelled_images if p.fold == 1][::40]
    assert len({p.source for p in labelled}) == 2
    flagged = []
    for labelled_image in labelled:
        study = image_study(labelled_image)
        reading = read_study(study, bundle)
        by_hand = tuple(replace(disc, source=Source.READER) for disc in reading.discs)
        masks, (series,) = reading.anatomies[0].masks, study.series
        assert levels_off_disc(by_hand, masks, series) == ()
        for disc in by_hand:
            wrong = [misplaced(disc, *where) for where in MISPLACEMENTS.values()]
            flagged += [levels_off_disc([moved], masks, series) == (moved.level,) for moved in wrong]
    assert np.mean(flagged) > 0.9


@pytest.mark.slow
def test_the_weighting_of_an_image_without_header_is_inferred_from_its_pixels(
    labelled_images: tuple[LabelledImage, ...], bundle: Bundle
) -> None:
    labelled = [p for p in labelled_images if p.fold == 1 and p.source == "sudirman"][:8]
    for labelled_image in labelled:
        unweighted = image_study(labelled_image, weighting=Weighting.UNKNOWN)
        reading = read_study(unweighted, bundle)
        assert any(f"taken for {labelled_image.sequence.upper()}" in note for note in reading.notes)
        assert reading_json(unweighted, reading)["study"]["series"][0]["weighting"] == labelled_image.sequence
