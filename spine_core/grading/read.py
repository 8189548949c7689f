"""From a study to its reading: which series are read, where the discs are, what the network says about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from spine_core.anatomy.model import LEVELS, Anatomy, Disc
from spine_core.anatomy.outline import outline
from spine_core.anatomy.twins import NAMED_APART, named_apart
from spine_core.anatomy.weighting import weighting_from_pixels
from spine_core.grading.bundle import Bundle
from spine_core.grading.findings import findings_of
from spine_core.grading.image import disc_image
from spine_core.grading.measured import measured
from spine_core.grading.model import Reading
from spine_core.grading.placed import doubted, doubts
from spine_core.progress import Part, Progress, silent
from spine_core.study.model import Plane, Series, Study, Weighting

NOT_ASSESSED = (
    "Side, foramina and lateral recesses are not assessed. Axial series are shown but not graded: the networks "
    "read one sagittal slice per disc. Levels are counted upwards from the sacrum as if there were five lumbar "
    "vertebrae."
)

_PREFERENCE = (Weighting.T2, Weighting.T2_SPACE, Weighting.T1, Weighting.UNKNOWN)
_CHANNEL = {Weighting.T2: "t2", Weighting.T2_SPACE: "t2", Weighting.T1: "t1"}


@dataclass(frozen=True, eq=False)
class _Sources:
    """The series that are read, one per channel of the network.

    ``found``: per weighting, discs found anew in a series that shares no coordinates with the first.
    """

    by_channel: Mapping[str, Series]
    found: Mapping[str, Anatomy]


def candidates(study: Study) -> list[Series]:
    """Series that the networks may read, the one that places the discs best first."""
    usable = [
        series
        for series in study.series
        if not series.not_gradable
        and series.plane in (Plane.SAGITTAL, Plane.UNKNOWN)
        and series.weighting in _PREFERENCE
    ]
    return sorted(usable, key=lambda s: (_PREFERENCE.index(s.weighting), s.plane is Plane.UNKNOWN, -s.slices))


def read_study(
    study: Study, bundle: Bundle, *, series_uid: str | None = None, progress: Progress = silent
) -> Reading:
    """Localises and grades the discs of a study.

    ``series_uid`` names the series that places the discs; by default the first of ``candidates`` of which anything can
    be graded, or else the first in which a lumbar spine is found. A study in which none is found gives a reading
    without discs whose notes say why.
    """
    tried: list[str] = []
    found: dict[str, Anatomy] = {}
    refused_whole: Reading | None = None
    options = candidates(study) if series_uid is None else [study.by_uid(series_uid)]
    for series in options:
        anatomy = found[series.uid] = bundle.find(series, Part(progress, 0.0, 0.6))
        if not anatomy.discs:
            tried.append(f"{series.description or series.plane}: {anatomy.reasons[0]}.")
            continue
        reading = _read(study, bundle, series, found, progress)
        if any(finding.grade is not None for finding in reading.findings):
            return reading
        refused_whole = refused_whole or reading
    if refused_whole is not None:
        return refused_whole
    refused = [
        f"{series.description or series.plane}: {series.not_gradable or 'not a sagittal T1 or T2 series'}."
        for series in study.series
        if series not in options
    ]
    notes = (*(tried or ["There is no series that the networks were made for."]), *refused)
    return Reading(study.sha256, bundle.grader.id, bundle.localiser.id, (), (), notes=notes)


def _read(
    study: Study, bundle: Bundle, series: Series, known: Mapping[str, Anatomy], progress: Progress
) -> Reading:
    """``known``: what was found so far by series uid, that of ``series`` among it."""
    anatomy = known[series.uid]
    primary, said = _with_weighting(series, anatomy)
    sources, also_said = _sources(study, bundle, primary, known)
    if sources.by_channel.get("t1") is primary and "t2" in sources.found:
        # Of pictures without a header the first may turn out to be T1; discs are placed on T2 wherever there is one.
        sources, anatomy = _Sources(sources.by_channel, {"t1": anatomy}), sources.found["t2"]
    anatomy = _doubted(study, anatomy, sources.found)
    reading = Reading(
        study.sha256,
        bundle.grader.id,
        bundle.localiser.id,
        (),
        (),
        (anatomy, *sources.found.values()),
        notes=(*anatomy.reasons, *said, *also_said, NOT_ASSESSED),
        told=_told(study, sources),
        outliner=bundle.outliner.id,
    )
    progress(0.7, "grading the discs")
    reading = _graded(bundle, reading, sources, anatomy.discs)
    progress(1.0, "done")
    return reading


def _doubted(study: Study, anatomy: Anatomy, found: Mapping[str, Anatomy]) -> Anatomy:
    """The count of levels is uncertain also where another series of the patient was counted otherwise."""
    series = study.by_uid(anatomy.series_uid)
    if not any(
        named_apart(anatomy.discs, series, a.discs, study.by_uid(a.series_uid)) for a in found.values()
    ):
        return anatomy
    return replace(anatomy, level_certain=False, reasons=(*anatomy.reasons, NAMED_APART))


def _told(study: Study, sources: _Sources) -> dict[str, tuple[str, str]]:
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
    return named, (f"{series.description or 'The picture'} is taken for {name}: {reason}.",)


def _sources(
    study: Study, bundle: Bundle, primary: Series, known: Mapping[str, Anatomy]
) -> tuple[_Sources, tuple[str, ...]]:
    """One series per channel: by patient coordinates where they are shared, else with discs of its own.

    ``known``: by series uid, what was found before; other series are looked at now.
    """
    by_channel = {_CHANNEL.get(primary.weighting, "t2"): primary}
    anatomies: dict[str, Anatomy] = {}
    notes: tuple[str, ...] = ()
    for option in candidates(study):
        if option.uid == primary.uid or len(by_channel) == len(set(_CHANNEL.values())):
            continue
        if option.weighting is not Weighting.UNKNOWN and _CHANNEL[option.weighting] in by_channel:
            continue
        if _share_coordinates(option, primary):
            by_channel[_CHANNEL[option.weighting]] = option
            continue
        found = known.get(option.uid) or bundle.find(option)
        series, said = _with_weighting(option, found)
        channel = _CHANNEL.get(series.weighting)
        if found.discs and channel is not None and channel not in by_channel:
            by_channel[channel] = series
            anatomies[channel] = found
            notes = (*notes, *said)
    return _Sources(by_channel, anatomies), notes


def _share_coordinates(series: Series, other: Series) -> bool:
    known = (
        series.geometry is not None
        and other.geometry is not None
        and series.weighting is not Weighting.UNKNOWN
    )
    return known and series.frame_of_reference_uid == other.frame_of_reference_uid


def regrade(study: Study, bundle: Bundle, reading: Reading, discs: tuple[Disc, ...]) -> Reading:
    """Grades again after a reader moved, named, added or removed discs; keeps everything else of the reading."""
    anatomy = reading.anatomies[0]
    primary, _ = _with_weighting(study.by_uid(anatomy.series_uid), anatomy)
    anatomy = _outlined(bundle, primary, anatomy, discs)
    reading = replace(reading, anatomies=(anatomy, *reading.anatomies[1:]), outliner=bundle.outliner.id)
    known = {one.series_uid: one for one in reading.anatomies}
    sources, _ = _sources(study, bundle, primary, known)
    return _graded(bundle, reading, sources, discs)


def _outlined(bundle: Bundle, series: Series, anatomy: Anatomy, discs: tuple[Disc, ...]) -> Anatomy:
    """With outlines also on the slices to which a reader moved a disc; those that are there stay."""
    if all(disc.slice_index in anatomy.masks for disc in discs):
        return anatomy
    new = outline(bundle.outliner, series, replace(anatomy, discs=discs))
    return replace(anatomy, masks={**new.masks, **anatomy.masks}, doubts={**new.doubts, **anatomy.doubts})


def _graded(bundle: Bundle, reading: Reading, sources: _Sources, discs: tuple[Disc, ...]) -> Reading:
    ordered = tuple(sorted(discs, key=lambda d: LEVELS.index(d.level)))
    anatomy = reading.anatomies[0]
    images = {
        disc.level: disc_image(
            bundle.grader.contract,
            disc,
            sources.by_channel,
            anatomy.masks,
            _twins(disc, anatomy, sources.found),
        )
        for disc in ordered
    }
    placed_on = {series.uid: series for series in sources.by_channel.values()}
    measurements = {
        level: measured(image, bundle.grader.contract, placed_on[image.disc.series_uid])
        for level, image in images.items()
    }
    findings = doubted(
        findings_of(bundle, images), doubts(ordered, anatomy.masks, placed_on[anatomy.series_uid])
    )
    return replace(reading, discs=ordered, images=images, findings=findings, measurements=measurements)


def _twins(disc: Disc, anatomy: Anatomy, found: Mapping[str, Anatomy]) -> dict[str, Disc]:
    """By weighting, the same disc in series that share no coordinates with the first.

    It is the one to which the localiser gave the same level, whatever the reader calls it now. A disc that the reader
    placed has none: a place in one picture says nothing about the other.
    """
    place = (disc.slice_index, disc.center_px)
    level = next((d.level for d in anatomy.discs if (d.slice_index, d.center_px) == place), None)
    twins = {weighting: [d for d in one.discs if d.level == level] for weighting, one in found.items()}
    return {weighting: discs[0] for weighting, discs in twins.items() if discs}
