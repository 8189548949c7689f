"""SpineLens: reads lumbar spine MR and compares explanations of what deep networks report for every disc.

Research and teaching use only; nothing here is a diagnosis. This package never imports Streamlit: the pages import it.

>>> import spine_core as sl
>>> reading = sl.read(sl.open_study("folder"))
>>> maps = [sl.explain(reading, "L4/L5", "pfirrmann", method=name) for name in ("grad_cam", "lime")]
>>> sl.compare(maps).to_html("comparison.html")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spine_core.api import (
        FindingComparison,
        FindingError,
        FindingExplanation,
        StudyReading,
        compare,
        compare_networks,
        explain,
        load_networks,
        open_study,
        read,
    )
    from spine_core.networks.conditions import Condition, Scale
    from spine_core.networks.outputs import Activation, Output, Outputs
    from spine_core.networks.packages.errors import PackageError
    from spine_core.networks.packages.export import save_package
    from spine_core.networks.packages.store import register
    from spine_core.networks.preprocessing import Crop, Preprocessing
    from spine_core.networks.target import Target, TargetKind
    from spine_core.networks.wrapped import NetworkError, wrap
    from spine_core.reasons import (
        FindingByInputs,
        FindingByMeasurements,
        FindingWhatIf,
        explain_by_inputs,
        explain_by_measurements,
        similar_discs,
        what_if,
    )
    from spine_core.retrieval.index_file import DiscIndexError
    from spine_core.retrieval.types import SimilarDiscs
    from spine_core.study.errors import MultiplePatientsError, StudyError

__version__ = "0.1.0"

DISCLAIMER = "For research and teaching. Not a diagnosis, and not validated for clinical use."

__all__ = [
    "DISCLAIMER",
    "Activation",
    "Condition",
    "Crop",
    "DiscIndexError",
    "FindingByInputs",
    "FindingByMeasurements",
    "FindingComparison",
    "FindingError",
    "FindingExplanation",
    "FindingWhatIf",
    "MultiplePatientsError",
    "NetworkError",
    "Output",
    "Outputs",
    "PackageError",
    "Preprocessing",
    "Scale",
    "SimilarDiscs",
    "StudyError",
    "StudyReading",
    "Target",
    "TargetKind",
    "__version__",
    "compare",
    "compare_networks",
    "explain",
    "explain_by_inputs",
    "explain_by_measurements",
    "load_networks",
    "open_study",
    "read",
    "register",
    "save_package",
    "similar_discs",
    "what_if",
    "wrap",
]

_ELSEWHERE = {
    "Activation": "spine_core.networks.outputs",
    "Condition": "spine_core.networks.conditions",
    "Crop": "spine_core.networks.preprocessing",
    "DiscIndexError": "spine_core.retrieval.index_file",
    "SimilarDiscs": "spine_core.retrieval.types",
    "FindingByInputs": "spine_core.reasons",
    "FindingByMeasurements": "spine_core.reasons",
    "explain_by_inputs": "spine_core.reasons",
    "explain_by_measurements": "spine_core.reasons",
    "similar_discs": "spine_core.reasons",
    "FindingWhatIf": "spine_core.reasons",
    "what_if": "spine_core.reasons",
    "NetworkError": "spine_core.networks.wrapped",
    "Output": "spine_core.networks.outputs",
    "Outputs": "spine_core.networks.outputs",
    "PackageError": "spine_core.networks.packages.errors",
    "Preprocessing": "spine_core.networks.preprocessing",
    "Scale": "spine_core.networks.conditions",
    "register": "spine_core.networks.packages.store",
    "save_package": "spine_core.networks.packages.export",
    "wrap": "spine_core.networks.wrapped",
    "Target": "spine_core.networks.target",
    "TargetKind": "spine_core.networks.target",
    "MultiplePatientsError": "spine_core.study.errors",
    "StudyError": "spine_core.study.errors",
}
"""Public names that are not in ``spine_core.api``."""


def __getattr__(name: str) -> Any:
    # Resolved at first use: torch and the explanation packages would make ``import spine_core`` take seconds.
    if name not in __all__:
        msg = f"module 'spine_core' has no attribute {name!r}"
        raise AttributeError(msg)
    # The packages are nouns (``explanation``, ``comparison``), so that the functions can be verbs.
    found = getattr(import_module(_ELSEWHERE.get(name, "spine_core.api")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
