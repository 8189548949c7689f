"""Reads a study: selects series, detects the discs, and grades them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from spine_core.anatomy.cross_series import LEVELS_DISAGREE, levels_disagree
from spine_core.anatomy.measurements import Measurements
from spine_core.anatomy.outline_edits import Masks
from spine_core.anatomy.segmentation import segment
from spine_core.anatomy.types import LEVELS, Anatomy, Disc
from spine_core.anatomy.weighting_estimate import weighting_from_pixels
from spine_core.grading.crops.network_input import SAGITTAL_CROPS, DiscSources, network_input
from spine_core.grading.crops.sagittal import structure_regions
from spine_core.grading.findings import findings_of
from spine_core.grading.measure import measure_disc
from spine_core.grading.outlines import current_masks, with_current_regions
from spine_core.grading.position_checks import position_warnings, shows_too_little, with_position_warnings
from spine_core.grading.series_selection import (
    Candidate,
    by_weighting,
    candidates,
    coverage,
    ranked,
    why_chosen,
)
from spine_core.grading.types import DiscImage, Finding, PositionWarning, Reading
from spine_core.networks.preprocessing import CHANNEL_OF, Crop, Preprocessing
from spine_core.networks.registry import Bundle
from spine_core.progress import Part, Progress, silent
from spine_core.study.examinations import SameExamination, same_examination
from spine_core.study.types import Series, Study, Weighting

NOT_ASSESSED = (
    "Side, foramina and lateral recesses are not assessed. Axial series are shown but not graded: the networks "
    "read one sagittal slice per disc."
)
LEVELS_COUNTED = "Levels are counted upwards from the sacrum as if there were five lumbar vertebrae."

NO_MODALITY = (
    "The header does not state the modality; it was read because it looks like a sagittal lumbar spine."
)
ASSUMED_EXAMINATION = (
    "T1 and T2 have different study identifiers but one date and one frame of reference; they were read as one "
    "examination."
)


@dataclass(frozen=True, eq=False)
class _Sources:
    """The series that are read, one per channel of the network.

    ``found``: by weighting, the anatomy of a series without common coordinates with the first.
    """

    by_channel: Mapping[str, Series]
    found: Mapping[str, Anatomy]


@dataclass(eq=False)
class _Search:
    """Cache of the anatomies of one study: each series is detected and segmented once.

    ``found``: anatomies with segmentation by series uid. ``detected``: scored candidates, not yet segmented.
    """

    bundle: Bundle
    found: dict[str, Anatomy] = field(default_factory=dict)
    detected: dict[str, Candidate] = field(default_factory=dict)

    def anatomy(self, series: Series, progress: Progress = silent) -> Anatomy:
        if series.uid not in self.found:
            candidate = self.detected.get(series.uid)
            self.found[series.uid] = (
                self.bundle.detect_and_segment(series, progress)
                if candidate is None
                else self.bundle.segment(series, candidate.anatomy)
            )
        return self.found[series.uid]

    def score(self, series: Series) -> float:
        """The candidate's score; 0 where the series was not scored."""
        candidate = self.detected.get(series.uid)
        return 0.0 if candidate is None else candidate.score


def read_study(
    study: Study, bundle: Bundle, *, series_uid: str | None = None, progress: Progress = silent
) -> Reading:
    """Detects and grades the discs of a study.

    ``series_uid``: the series in which discs are detected; by default the best of ``candidates`` with any grade, or
    else the best with a lumbar spine. Where no lumbar spine is found, the reading has no discs, and its notes hold the
    reasons. Raises ``KeyError`` for an unknown ``series_uid``, ``Cancelled`` when ``progress`` does.
    """
    tried: list[str] = []
    search = _Search(bundle)
    ungraded: Reading | None = None
    options = candidates(study) if series_uid is None else [study.by_uid(series_uid)]
    for series, reason_notes in _ranked_options(study, options, search, Part(progress, 0.0, 0.6)):
        anatomy = search.anatomy(series)
        if not anatomy.discs:
            tried.append(f"{series.description or series.plane}: {anatomy.reasons[0]}.")
            continue
        reading = _read(study, bundle, series, search, progress)
        if reading.anatomies[0].series_uid == series.uid:
            reading = replace(reading, notes=(*reason_notes, *reading.notes))
        if any(finding.grade is not None for finding in reading.findings):
            return reading
        ungraded = ungraded or reading
    if ungraded is not None:
        return ungraded
    refused = [
        f"{series.description or series.plane}: {series.not_gradable or 'not a sagittal T1 or T2 series'}."
        for series in study.series
        if series not in options
    ]
    notes = (*(tried or ["The study has no series that the networks can grade."]), *refused)
    return Reading(study.sha256, bundle.grader.id, bundle.detector.id, (), (), notes=notes)


def _ranked_options(
    study: Study, options: list[Series], search: _Search, progress: Progress
) -> Iterator[tuple[Series, tuple[str, ...]]]:
    """The options, the best first, each with notes on why it was chosen."""
    for group in by_weighting(options):
        if len(group) == 1:
            search.anatomy(group[0], progress)
            yield group[0], ()
            continue
        scored = ranked(search.bundle, group, Part(progress, 0.0, 0.9))
        search.detected |= {candidate.series.uid: candidate for candidate in scored}
        for position, candidate in enumerate(scored):
            others = [other for other in scored if other is not candidate]
            reported = position == 0 and candidate.usable
            yield candidate.series, (why_chosen(candidate, others, study),) if reported else ()


def _read(study: Study, bundle: Bundle, series: Series, search: _Search, progress: Progress) -> Reading:
    anatomy = search.anatomy(series)
    primary, weighting_notes = _with_weighting(series, anatomy)
    sources, source_notes = _sources(study, primary, search)
    if sources.by_channel.get("t1") is primary and "t2" in sources.found:
        # Among images without header the first may be T1; discs are placed on T2 wherever it exists.
        sources, anatomy = _Sources(sources.by_channel, {"t1": anatomy}), sources.found["t2"]
    anatomy = _with_level_check(study, anatomy, sources.found)
    reading = Reading(
        study.sha256,
        bundle.grader.id,
        bundle.detector.id,
        (),
        (),
        (anatomy, *sources.found.values()),
        notes=(*anatomy.reasons, *weighting_notes, *source_notes, *_limits(bundle)),
        inferred_weighting=_inferred_weighting(study, sources),
        segmenter=bundle.segmenter.id,
    )
    progress(0.7, "grading the discs")
    reading = _graded(study, bundle, reading, sources, anatomy.discs)
    progress(1.0, "done")
    return reading


def _with_level_check(study: Study, anatomy: Anatomy, found: Mapping[str, Anatomy]) -> Anatomy:
    """``anatomy`` with an uncertain level count where another series of the patient has other level names."""
    series = study.by_uid(anatomy.series_uid)
    if not any(
        levels_disagree(anatomy.discs, series, a.discs, study.by_uid(a.series_uid)) for a in found.values()
    ):
        return anatomy
    return replace(anatomy, level_certain=False, reasons=(*anatomy.reasons, LEVELS_DISAGREE))


def _inferred_weighting(study: Study, sources: _Sources) -> dict[str, tuple[str, str]]:
    return {
        series.uid: (series.weighting.value, series.weighting_reason)
        for series in sources.by_channel.values()
        if study.by_uid(series.uid).weighting is Weighting.UNKNOWN
    }


def _with_weighting(series: Series, anatomy: Anatomy) -> tuple[Series, tuple[str, ...]]:
    if series.weighting is not Weighting.UNKNOWN:
        return series, ()
    weighting, reason = weighting_from_pixels(series, anatomy)
    name = weighting.value.upper() if weighting is not Weighting.UNKNOWN else "no known weighting"
    named = replace(series, weighting=weighting, weighting_reason=reason)
    return named, (f"{series.description or 'The image'} is taken for {name}: {reason}.",)


def _sources(study: Study, primary: Series, search: _Search) -> tuple[_Sources, tuple[str, ...]]:
    """One series per channel: by common patient coordinates, else by its own detected discs."""
    by_channel = {CHANNEL_OF.get(primary.weighting, "t2"): primary}
    anatomies: dict[str, Anatomy] = {}
    notes: list[str] = _header_notes(primary)
    discs = search.anatomy(primary).discs

    def fitness(option: Series) -> tuple[float, float, bool]:
        covered = coverage(option, discs) if _share_coordinates(option, primary) else 0.0
        return -covered, -search.score(option), option.uid not in search.found

    for option in sorted(candidates(study), key=fitness):
        if option.uid == primary.uid or len(by_channel) == len(set(CHANNEL_OF.values())):
            continue
        if option.weighting is not Weighting.UNKNOWN and CHANNEL_OF[option.weighting] in by_channel:
            continue
        same = same_examination(option, primary)
        if same is SameExamination.NO:
            notes.append(_left_out(option))
            continue
        if _share_coordinates(option, primary):
            by_channel[CHANNEL_OF[option.weighting]] = option
            notes += [ASSUMED_EXAMINATION] if same is SameExamination.ASSUMED else []
            continue
        found = search.anatomy(option)
        series, weighting_notes = _with_weighting(option, found)
        channel = CHANNEL_OF.get(series.weighting)
        if found.discs and channel is not None and channel not in by_channel:
            by_channel[channel] = series
            anatomies[channel] = found
            notes += weighting_notes
    return _Sources(by_channel, anatomies), tuple(dict.fromkeys(notes))


def _header_notes(series: Series) -> list[str]:
    """A note where the header does not state the modality."""
    unstated = not series.modality and "TransferSyntax" in series.header
    return [NO_MODALITY] if unstated else []


def _left_out(series: Series) -> str:
    name = "T1" if series.weighting is Weighting.T1 else series.weighting.replace("_", " ").upper()
    return f"A sagittal {name} of another examination (other study or date) was not graded together with this one."


def _share_coordinates(series: Series, other: Series) -> bool:
    return series.weighting is not Weighting.UNKNOWN and series.shares_coordinates(other)


def regrade(study: Study, bundle: Bundle, reading: Reading, discs: tuple[Disc, ...]) -> Reading:
    """Grades again after a reader moved, renamed, added or removed discs; the rest of the reading is unchanged."""
    anatomy = reading.anatomies[0]
    primary, _ = _with_weighting(study.by_uid(anatomy.series_uid), anatomy)
    anatomy = _with_segmentation(bundle, primary, anatomy, discs)
    reading = replace(reading, anatomies=(anatomy, *reading.anatomies[1:]), segmenter=bundle.segmenter.id)
    search = _Search(bundle, {one.series_uid: one for one in reading.anatomies})
    sources, _ = _sources(study, primary, search)
    return _graded(study, bundle, reading, sources, discs)


def outline_again(study: Study, bundle: Bundle, reading: Reading) -> Reading:
    """``reading`` with structures and measurements by its current outlines. No network is asked again."""
    anatomy = reading.anatomies[0]
    primary, _ = _with_weighting(study.by_uid(anatomy.series_uid), anatomy)
    sources = _Sources({CHANNEL_OF.get(primary.weighting, "t2"): primary}, {})
    return _outlined(study, bundle, reading, sources)


def grade_with(study: Study, bundle: Bundle, reading: Reading) -> Reading:
    """``reading`` with the same discs, graded by the grader of ``bundle``."""
    if not reading.anatomies:
        return replace(reading, model=bundle.grader.id)
    again = regrade(study, bundle, reading, reading.discs)
    kept = [note for note in reading.notes if note not in (NOT_ASSESSED, LEVELS_COUNTED)]
    return replace(again, model=bundle.grader.id, notes=(*kept, *_limits(bundle)))


def _limits(bundle: Bundle) -> tuple[str, ...]:
    """What the grader does not assess, and how levels are named."""
    midline = all(view.preprocessing.crop in SAGITTAL_CROPS for view in bundle.grader.views)
    return (NOT_ASSESSED, LEVELS_COUNTED) if midline else (LEVELS_COUNTED,)


def _with_segmentation(bundle: Bundle, series: Series, anatomy: Anatomy, discs: tuple[Disc, ...]) -> Anatomy:
    """``anatomy`` with segmentation of the slices to which a reader moved a disc."""
    if all(disc.slice_index in anatomy.masks for disc in discs):
        return anatomy
    new = segment(bundle.segmenter, series, replace(anatomy, discs=discs))
    return replace(
        anatomy, masks={**new.masks, **anatomy.masks}, uncertainty={**new.uncertainty, **anatomy.uncertainty}
    )


def _graded(
    study: Study, bundle: Bundle, reading: Reading, sources: _Sources, discs: tuple[Disc, ...]
) -> Reading:
    ordered = tuple(sorted(discs, key=lambda d: LEVELS.index(d.level)))
    anatomy = reading.anatomies[0]
    inputs = {disc.level: _inputs(study, anatomy, sources, disc) for disc in ordered}
    images, view_images, findings = _findings_by_view(bundle, ordered, inputs)
    series = next(one for one in sources.by_channel.values() if one.uid == anatomy.series_uid)
    by_level = position_warnings(ordered, anatomy.masks, series)
    if not reading.disc_corrections and shows_too_little(series, anatomy):
        by_level = {disc.level: PositionWarning.TOO_LITTLE for disc in ordered}
    graded = replace(
        reading,
        discs=ordered,
        images=images,
        view_images=view_images,
        findings=with_position_warnings(findings, by_level),
    )
    return _outlined(study, bundle, graded, sources)


def _inputs(study: Study, anatomy: Anatomy, sources: _Sources, disc: Disc) -> DiscSources:
    """What the inputs of ``disc`` are cut from: of masks the segmentation's own, since networks saw no others."""
    counterparts = _counterparts(disc, anatomy, sources.found)
    return DiscSources(study, sources.by_channel, anatomy.masks, counterparts)


def _outlined(study: Study, bundle: Bundle, reading: Reading, sources: _Sources) -> Reading:
    """Structures over the inputs, and measurements, by the current outlines."""
    anatomy = reading.anatomies[0]
    reading = with_current_regions(study, bundle.grader.views, reading)
    own = {
        disc.level: _measured(bundle, reading, disc, _inputs(study, anatomy, sources, disc), anatomy.masks)
        for disc in reading.discs
    }
    if not reading.outline_edits:
        return replace(reading, measurements=own, segmented_measurements={})
    masks = current_masks(reading)[anatomy.series_uid]
    current = {
        disc.level: _measured(bundle, reading, disc, _inputs(study, anatomy, sources, disc), masks)
        for disc in reading.discs
    }
    return replace(reading, measurements=current, segmented_measurements=own)


def _findings_by_view(
    bundle: Bundle, discs: tuple[Disc, ...], inputs: Mapping[str, DiscSources]
) -> tuple[dict[str, DiscImage], dict[tuple[str, str], DiscImage], tuple[Finding, ...]]:
    """The inputs by level of the grader's first view, those of its further views, and the findings of all."""
    first = bundle.grader.views[0].name
    images: dict[str, DiscImage] = {}
    further: dict[tuple[str, str], DiscImage] = {}
    findings: list[Finding] = []
    for view in bundle.grader.views:
        made = {
            disc.level: network_input(view.preprocessing, disc, inputs[disc.level])
            for disc in discs
            if view.level in (None, disc.level)
        }
        if view.name == first:
            images |= made
        else:
            further |= {(view.name, level): image for level, image in made.items()}
        findings += findings_of(bundle, made, view)
    findings.sort(key=lambda finding: LEVELS.index(finding.level))
    return images, further, tuple(findings)


def _measured(
    bundle: Bundle, reading: Reading, disc: Disc, inputs: DiscSources, masks: Masks
) -> Measurements:
    """Measurements of ``disc`` by ``masks``, on its crop: the grader's where it sees discs, else the released one."""
    preprocessing, image = bundle.grader.preprocessing, reading.images.get(disc.level)
    if image is None or preprocessing.crop is not Crop.DISC:
        preprocessing = Preprocessing()
        image = network_input(preprocessing, disc, inputs)
    series = next(one for one in inputs.by_channel.values() if one.uid == disc.series_uid)
    regions = structure_regions(preprocessing, disc, series, masks)
    return measure_disc(replace(image, regions=regions), preprocessing, series)


def _counterparts(disc: Disc, anatomy: Anatomy, found: Mapping[str, Anatomy]) -> dict[str, Disc]:
    """By weighting, the same disc in series without common coordinates with the first.

    It is the disc to which the detector assigned the same level, whatever its name after a correction. A disc that the
    reader placed has no counterpart.
    """
    position = (disc.slice_index, disc.center_px)
    level = next((d.level for d in _all_discs(anatomy) if (d.slice_index, d.center_px) == position), None)
    counterparts = {
        weighting: [d for d in _all_discs(one) if d.level == level] for weighting, one in found.items()
    }
    return {weighting: discs[0] for weighting, discs in counterparts.items() if discs}


def _all_discs(anatomy: Anatomy) -> tuple[Disc, ...]:
    return (*anatomy.discs, *anatomy.beyond)
