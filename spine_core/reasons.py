"""The public interface of the reasons that are no maps: measurements, slices and weightings, similar discs, what-if
images.

>>> import spine_core as sl
>>> reading = sl.read(sl.open_study("folder"))
>>> sl.explain_by_measurements(reading, "L4/L5", "pfirrmann").sentences
>>> sl.explain_by_inputs(reading, "L4/L5", "pfirrmann").to_dataframe()
>>> sl.similar_discs(reading, "L4/L5", "pfirrmann").neighbours
>>> sl.what_if(reading, "L4/L5", "pfirrmann", "2").to_png("what-if.png")
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spine_core.api import StudyReading, data_frame, target_of, written
from spine_core.explanation.concepts import measurement_model
from spine_core.explanation.concepts.explain import MeasurementExplanation
from spine_core.explanation.concepts.export import measurements_csv, measurements_json
from spine_core.explanation.concepts.of_reading import finding_by_measurements
from spine_core.explanation.concepts.words import sentence, why_not
from spine_core.explanation.inputs.explain import explain_inputs
from spine_core.explanation.inputs.export import inputs_csv, inputs_json
from spine_core.explanation.inputs.types import InputExplanation
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import resolve_backend
from spine_core.networks.network import TORCH
from spine_core.networks.target import Target
from spine_core.progress import Progress, silent
from spine_core.retrieval.index_file import load_index
from spine_core.retrieval.similar import SHOWN, query_of
from spine_core.retrieval.similar import similar_discs as find_similar
from spine_core.retrieval.types import Filters, SimilarDiscs
from spine_core.study.types import Study
from spine_core.synthesis.counterfactual import what_if as change_disc
from spine_core.synthesis.generator import released_generator, why_not_this_view
from spine_core.synthesis.goal import other_target
from spine_core.synthesis.stamp import as_grey, png
from spine_core.synthesis.types import Turn, WhatIf
from spine_core.weights import WeightsError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FindingByMeasurements:
    """What the measurements of a disc say of one finding."""

    explanation: MeasurementExplanation
    study: Study

    @property
    def sentences(self) -> tuple[str, ...]:
        """One per measurement, or the reason why there is no explanation."""
        found = self.explanation
        return tuple(sentence(one, found) for one in found.contributions) or (why_not(found),)

    def to_dataframe(self) -> pd.DataFrame:
        """One row per term of the log-odds; the last is their sum."""
        return data_frame(measurements_csv(self.explanation, self.study))

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """The explanation as JSON values, also written to ``path`` where one is given."""
        return written(measurements_json(self.explanation, self.study), path)


@dataclass(frozen=True, eq=False)
class FindingByInputs:
    """Which slice and which weighting decided one finding."""

    explanation: InputExplanation
    study: Study

    def to_dataframe(self) -> pd.DataFrame:
        """One row per slice and per weighting."""
        return data_frame(inputs_csv(self.explanation, self.study))

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """The explanation as JSON values, also written to ``path`` where one is given."""
        return written(inputs_json(self.explanation, self.study), path)


@dataclass(frozen=True, eq=False)
class FindingWhatIf:
    """A what-if image of one finding, with the real image and its study. Synthetic: research and teaching only."""

    what_if: WhatIf
    image: DiscImage
    study: Study

    @property
    def turned(self) -> bool:
        """Whether the network reports the other grade of the what-if image."""
        return self.what_if.turn is Turn.TURNED

    @property
    def difference(self) -> npt.NDArray[np.float32]:
        """What-if image minus real image, (channels, size, size), in the units of the network's input."""
        return self.what_if.difference

    def to_png(self, path: str | Path, weighting: str = "t2") -> Path:
        """Writes the what-if image of a weighting; pixels and file say that it is synthetic.

        Raises ``ValueError`` where the network does not see that weighting.
        """
        there = [None if one is None else one.weighting for one in self.image.channels]
        if weighting not in there:
            msg = f"the network does not see {weighting} of this disc"
            raise ValueError(msg)
        grey = as_grey(self.what_if.changed[there.index(weighting)])
        what = f"what-if image of {self.what_if.level}, {weighting}: {self.what_if.goal.label()}"
        out = Path(path)
        out.write_bytes(png(grey, self.what_if.generator, what))
        return out


def explain_by_measurements(
    reading: StudyReading, level: str, condition: str, *, target: Target | None = None
) -> FindingByMeasurements:
    """What the measurements of the disc say of ``condition`` at ``level``, beside the network's grade.

    ``target``: by default the predicted grade. Where the measurements explain nothing, the explanation's ``answer``
    says why. Raises ``FindingError`` where the finding does not exist, ``ValueError`` where ``target`` is of another
    condition, ``WeightsError`` where the stored model is missing or was changed.
    """
    finding = reading.finding(level, condition)
    model = measurement_model.load()
    if model is None:
        msg = "the measurement model is missing from weights/"
        raise WeightsError(msg)
    found = finding_by_measurements(
        model, reading.study, reading.reading, level, target_of(finding, target), finding.probabilities
    )
    return FindingByMeasurements(found, reading.study)


def explain_by_inputs(
    reading: StudyReading,
    level: str,
    condition: str,
    *,
    target: Target | None = None,
    progress: Progress = silent,
) -> FindingByInputs:
    """Which slice and which weighting decided ``condition`` at ``level``: the network is asked with each replaced.

    ``target``: by default the predicted grade. Waits for the fastest backend. Raises ``FindingError`` where the
    finding does not exist, ``ValueError`` where ``target`` is of another condition.
    """
    finding = reading.finding(level, condition)
    image, network = reading.reading.image_of(finding), reading.networks.explained_network.wait_ready()
    assert image is not None
    found = explain_inputs(network, image, target_of(finding, target), reading.study, progress)
    return FindingByInputs(found, reading.study)


def similar_discs(
    reading: StudyReading,
    level: str,
    condition: str,
    k: int = SHOWN,
    *,
    same_level: bool = False,
    same_grade: bool = False,
) -> SimilarDiscs:
    """The ``k`` discs of the released index that are nearest to the disc at ``level``, of other patients.

    Only discs that are labelled for ``condition`` and seen on the same weightings are compared; ``same_level`` and
    ``same_grade`` leave those of the level, and of the grade that the network reports. Raises ``FindingError`` where
    the finding does not exist, ``DiscIndexError`` where the index is not of the reading's networks.
    """
    finding, network = reading.finding(level, condition), reading.networks.grader
    image = reading.reading.image_of(finding)
    assert image is not None
    index = load_index(network.id.sha256)
    return find_similar(index, query_of(network, image, finding), Filters(same_level, same_grade), k)


def what_if(
    reading: StudyReading,
    level: str,
    condition: str,
    grade: str | None = None,
    *,
    progress: Progress = silent,
) -> FindingWhatIf:
    """The smallest change found of the disc ``level`` for which the network reports ``grade`` of ``condition``.

    ``grade``: by default the most probable one that it does not report. The image is synthetic: research and teaching
    only. Raises ``FindingError`` where the finding does not exist, ``ValueError`` for an unknown grade or a network
    whose view of a disc cannot be generated, ``WeightsError`` where the generator is missing.
    """
    finding = reading.finding(level, condition)
    image = reading.reading.image_of(finding)
    network = resolve_backend(reading.networks.explained_network, TORCH)
    if reason := why_not_this_view(network.preprocessing):
        msg = f"there is no what-if image for this network: {reason}"
        raise ValueError(msg)
    assert image is not None
    goal = Target(condition, grade, output=finding.output) if grade else other_target(finding)
    found = change_disc(network, image, goal, released_generator(), progress=progress)
    return FindingWhatIf(found, image, reading.study)
