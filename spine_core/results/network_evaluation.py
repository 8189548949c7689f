"""The evaluation of a registered network on labelled studies, and the network that is calibrated with them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.labelled_studies import (
    StudyPredictions,
    calibrated,
    fit_calibration,
    metrics,
    predict,
    split_patients,
)
from spine_core.evaluation.labels import LabelledStudies, read_labels
from spine_core.evaluation.metrics import GradingMetrics
from spine_core.networks.packages.contents import Contents, contents_of
from spine_core.networks.packages.manifest import MANIFEST
from spine_core.networks.packages.store import (
    EVERYBODY,
    StoredNetwork,
    register,
    stored_network,
    with_stored_grader,
)
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.progress import Part, Progress, silent
from spine_core.weights import ModelId


@dataclass(frozen=True, eq=False)
class NetworkEvaluation:
    """Metrics of a network on labelled studies.

    ``fitted_on``: patients of its calibration, who are not among the evaluated ones; 0 without one. ``registered``: the
    calibrated network, where one was fitted. ``problems``: labels without a finding, by reason.
    """

    network: ModelId
    rows: Sequence[GradingMetrics]
    patients: int
    fitted_on: int
    problems: Mapping[str, int]
    registered: StoredNetwork | None = None

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "network": asdict(self.network),
            "patients": self.patients,
            "fitted_on": self.fitted_on,
            "registered": None if self.registered is None else self.registered.key,
            "problems": dict(self.problems),
            "grading": [asdict(row) for row in self.rows],
        }


def evaluate_stored(
    key: str,
    studies: LabelledStudies,
    owner: str = EVERYBODY,
    *,
    calibrate: float | None = None,
    bundle: Bundle | None = None,
    progress: Progress = silent,
) -> NetworkEvaluation:
    """Evaluates the registered network ``key`` on labelled studies.

    ``calibrate``: fraction of the patients on whom calibration and prediction sets are fitted; the others evaluate
    them, and the calibrated network is registered under the version with ``-calibrated``. ``bundle``: of detector and
    segmenter. Raises ``KeyError`` for an unknown network, ``LabelError``, ``PackageError`` and ``Cancelled``.
    """
    one = stored_network(key, owner)
    reader = with_stored_grader(bundle or load_bundle(), key, owner)
    conditions = {name: o.condition for view in one.manifest.views for name, o in view.outputs.items()}
    labels = read_labels(studies.table, conditions)
    found = predict(studies, labels, reader, Part(progress, 0.0, 0.95))
    if calibrate is None:
        return _evaluation(reader.grader.id, found, one.manifest.thresholds, 0)
    fitting, testing = split_patients(found, calibrate)
    table, thresholds = fit_calibration(found.where(fitting))
    better = _registered(one, table, thresholds, owner)
    tested = calibrated(found.where(testing), table)
    return _evaluation(reader.grader.id, tested, thresholds, len(fitting), better)


def _evaluation(
    network: ModelId,
    found: StudyPredictions,
    thresholds: Mapping[str, Sequence[float]],
    fitted_on: int,
    registered: StoredNetwork | None = None,
) -> NetworkEvaluation:
    patients = len({one.patient for one in found.findings})
    return NetworkEvaluation(
        network, metrics(found, thresholds), patients, fitted_on, found.problems, registered
    )


def _registered(
    one: StoredNetwork,
    table: npt.NDArray[np.float64],
    thresholds: Mapping[str, Sequence[float]],
    owner: str,
) -> StoredNetwork:
    """The package of ``one`` with another calibration, registered as a version of its own."""
    contents: Contents = contents_of(one.package)
    values = dict(contents.manifest.values) | {
        "version": f"{one.manifest.version}-calibrated",
        "calibration": {"slopes": table[0].tolist(), "offsets": table[1].tolist()},
        "thresholds": {name: list(row) for name, row in thresholds.items()},
    }
    with tempfile.TemporaryDirectory() as made:
        package = Path(made)
        for name, data in contents.files.items():
            (package / name).write_bytes(data)
        (package / MANIFEST).write_text(json.dumps(values, indent=1, ensure_ascii=False))
        return register(package, owner)
