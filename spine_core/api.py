"""The public interface: opens and reads a study, explains its findings, and compares the explanations.

>>> import spine_core as sl
>>> study = sl.open_study("folder")
>>> reading = sl.read(study)
>>> maps = [sl.explain(reading, "L4/L5", "pfirrmann", method=m) for m in ("grad_cam", "lime", "partition_shap")]
>>> comparison = sl.compare(maps)
>>> comparison.to_dataframe()
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.comparison.alignment import align
from spine_core.comparison.compare import BASELINE
from spine_core.comparison.compare import compare as compare_explanations
from spine_core.comparison.cross_model import CrossModelAgreement, compare_models
from spine_core.comparison.reports.csv import comparison_csv
from spine_core.comparison.reports.html import comparison_html
from spine_core.comparison.reports.json import comparison_json
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.comparison.types import Comparison
from spine_core.explanation.base import Explanation, ScoreModel
from spine_core.explanation.overlay import overlay_on_crop, scale_by_peak
from spine_core.explanation.registry import explain as explain_target
from spine_core.grading.export import reading_csv, reading_json
from spine_core.grading.read import read_study
from spine_core.grading.types import DiscImage, Finding, Reading, Status
from spine_core.networks.ensemble import Ensemble
from spine_core.networks.network import Network
from spine_core.networks.packages.store import with_stored_grader
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.networks.target import Target
from spine_core.progress import Progress, silent
from spine_core.study import loader
from spine_core.study.sources import sources_from_path
from spine_core.study.types import Study, Weighting

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class FindingError(ValueError):
    """The requested finding does not exist or is not graded; the message gives the reason."""


@dataclass(frozen=True, eq=False)
class StudyReading:
    """What the networks report for every disc of a study. ``networks``: made the reading, and explain it."""

    study: Study
    reading: Reading
    networks: Bundle

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One per level and condition, in craniocaudal order."""
        return self.reading.findings

    def finding(self, level: str, condition: str) -> Finding:
        """The graded finding of ``condition`` ("pfirrmann") at ``level`` ("L4/L5").

        Raises ``FindingError`` where no disc was found there, or where it could not be graded.
        """
        found = self.reading.finding(level, condition)
        if found is None:
            known = any(disc.level == level for disc in self.reading.discs)
            reason = "no such condition" if known else f"no disc {level} was found"
            msg = f"no {condition} at {level}: {reason} ({'; '.join(self.reading.notes)})"
            raise FindingError(msg)
        if found.status is not Status.GRADED:
            msg = f"{condition} at {level} is not gradable: {found.reason}"
            raise FindingError(msg)
        return found

    def to_dataframe(self) -> pd.DataFrame:
        """One row per finding: grade, probability, prediction set, disagreement of the networks, reason."""
        return data_frame(reading_csv(self.reading))

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """The reading as JSON values, also written to ``path`` where one is given."""
        return written(reading_json(self.study, self.reading), path)


@dataclass(frozen=True, eq=False)
class FindingExplanation:
    """One method's explanation of one finding, with its image, study and network."""

    explanation: Explanation
    image: DiscImage
    study: Study
    network: ScoreModel

    @property
    def attribution(self) -> npt.NDArray[np.float32]:
        """Signed relevance, (size, size), over the network's input; positive is evidence for the target."""
        return self.explanation.attribution

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draws the map over the network's input, into ``axes`` or a new figure."""
        from matplotlib.figure import Figure

        if axes is None:
            axes = Figure(figsize=(4, 4), layout="constrained").subplots()
        one = self.explanation
        (scale,) = scale_by_peak([one])
        axes.imshow(overlay_on_crop(self.image.pixels, one.attribution, scale, signed=one.signed))
        axes.set_title(f"{one.method}: {one.target.label()}, {one.level}", fontsize="medium")
        axes.set_axis_off()
        return axes


@dataclass(frozen=True, eq=False)
class FindingComparison:
    """Explanations of one finding, compared with each other and with controls on the same image."""

    comparison: Comparison
    maps: tuple[FindingExplanation, ...]

    @property
    def report(self) -> ComparisonReport:
        """The data of the exported files."""
        first = self.maps[0]
        explanations = tuple(one.explanation for one in self.maps)
        return ComparisonReport(first.study, first.image, explanations, self.comparison)

    @property
    def summary(self) -> str:
        """The result in one or two sentences."""
        return self.comparison.summary

    def to_dataframe(self) -> pd.DataFrame:
        """One row per metric and map, including controls: value, and chance level where there is one."""
        return data_frame(comparison_csv(self.report))

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """The comparison without its maps as JSON values, also written to ``path`` where one is given."""
        return written(comparison_json(self.report), path)

    def to_csv(self, path: str | Path) -> Path:
        """Writes the table of ``to_dataframe``, with the disclaimer on every line."""
        out = Path(path)
        out.write_text(comparison_csv(self.report))
        return out

    def to_html(self, path: str | Path) -> Path:
        """Writes a self-contained HTML page."""
        out = Path(path)
        out.write_text(comparison_html(self.report))
        return out


def open_study(
    path: str | Path,
    *,
    patient: str | None = None,
    weighting: str | None = None,
    spacing: float | None = None,
    progress: Progress = silent,
) -> Study:
    """Opens a folder, an archive or one file: DICOM, NIfTI, PNG or JPEG.

    ``patient``: ``Patient.key`` where the files hold several. ``weighting`` ("T1", "T2", ...) and ``spacing``
    (mm per pixel): for files whose header lacks them. Raises ``StudyError`` where nothing can be opened,
    ``MultiplePatientsError`` where there are several patients and ``patient`` is none of them.
    """
    return loader.open_study(
        sources_from_path(Path(path)),
        patient=patient,
        weighting=None if weighting is None else Weighting(weighting.lower()),
        spacing=spacing,
        progress=progress,
    )


def load_networks(device: str = "cpu") -> Bundle:
    """The released networks, loaded once and then shared. ``device``: of torch, such as "cuda".

    Raises ``WeightsError`` where a file is missing or changed, ``RuntimeError`` for a device that torch does not have.
    """
    return load_bundle(device=device)


def read(
    study: Study,
    networks: Bundle | None = None,
    progress: Progress = silent,
    *,
    grader: Network | str | None = None,
) -> StudyReading:
    """Detects, measures and grades the lumbar discs of ``study``, by default with the released networks.

    ``grader``: grades the discs instead of the released ensemble: a network of ``wrap``, or the name of a registered
    one. Raises ``WeightsError`` where the networks' files are missing or changed, ``KeyError`` for an unknown name.
    """
    networks = networks or load_bundle()
    if isinstance(grader, str):
        networks = with_stored_grader(networks, grader)
    elif grader is not None:
        networks = networks.with_grader(grader)
    return StudyReading(study, read_study(study, networks, progress=progress), networks)


def explain(
    reading: StudyReading,
    level: str,
    condition: str,
    *,
    method: str = "grad_cam",
    target: Target | None = None,
    seed: int = 0,
    settings: Mapping[str, float | int | str] | None = None,
    progress: Progress = silent,
) -> FindingExplanation:
    """Explains the predicted grade of ``condition`` at ``level``, or another ``target`` of that condition.

    Waits for the fastest backend, so that equal calls give equal maps. Raises ``FindingError`` where the finding does
    not exist, ``ValueError`` for an unknown method or setting, or where ``target`` is of another condition.
    """
    finding = reading.finding(level, condition)
    target = target_of(finding, target)
    image, network = reading.reading.image_of(finding), reading.networks.explained_network.wait_ready()
    assert image is not None
    found = explain_target(method, network, image, target, seed, settings, progress)
    return FindingExplanation(found, image, reading.study, network)


def target_of(finding: Finding, target: Target | None) -> Target:
    """``target`` for the network of ``finding``, by default its grade. Raises ``ValueError`` for another condition."""
    if target is None:
        return finding.target
    if target.condition != finding.condition:
        msg = f"the target is of {target.condition}, not of {finding.condition}"
        raise ValueError(msg)
    if target.output != finding.output:
        # The same question of another network, whose logits lie elsewhere.
        return Target(target.condition, target.grade, target.kind, target.contrast, finding.output)
    return target


def compare(
    maps: Sequence[FindingExplanation],
    *,
    seed: int = 0,
    baseline: str = BASELINE,
    progress: Progress = silent,
) -> FindingComparison:
    """Compares explanations of one finding, one per method.

    ``baseline``: what replaces masked parts of the image (``explanation.perturbation.baselines``). Raises
    ``ValueError`` for no explanations, or explanations of different findings or networks.
    """
    if not maps:
        msg = "there is no explanation to compare"
        raise ValueError(msg)
    first = maps[0]
    if any(one.image is not first.image for one in maps):
        msg = "explanations of one comparison must be of the same disc of the same reading"
        raise ValueError(msg)
    explanations = [one.explanation for one in maps]
    found = compare_explanations(explanations, first.network, first.image, seed, progress, baseline=baseline)
    return FindingComparison(found, tuple(maps))


def compare_networks(
    maps: Sequence[FindingExplanation], *, seed: int = 0, progress: Progress = silent
) -> CrossModelAgreement:
    """Agreement of networks on one finding: maps of one target, one per method and network.

    Networks may see different crops of the disc: their maps are put on the image of the first. Raises ``ValueError``
    for fewer than two networks, a missing or repeated map, maps of different targets or levels, or networks that see
    different slices.
    """
    if not maps:
        msg = "there is no explanation to compare"
        raise ValueError(msg)
    first = maps[0].image
    ensemble = next((found for one in maps if isinstance(found := _plain(one.network), Ensemble)), None)
    return compare_models(
        [align(one.explanation, one.image, first) for one in maps],
        seed,
        progress,
        ensemble="" if ensemble is None else ensemble.id.name,
        members=() if ensemble is None else [one.id.name for one in ensemble.members],
    )


def _plain(network: ScoreModel) -> ScoreModel:
    """The network that a backend computes."""
    return getattr(network, "network", network)


def data_frame(table: str) -> pd.DataFrame:
    """A CSV as a table."""
    import pandas as pd

    return pd.read_csv(io.StringIO(table))


def written(values: dict[str, Any], path: str | Path | None) -> dict[str, Any]:
    """``values``, also written to ``path`` where one is given."""
    if path is not None:
        Path(path).write_text(json.dumps(values, indent=1) + "\n")
    return values
