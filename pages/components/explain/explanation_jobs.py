"""Explanations of one target as background jobs, kept by content in the session."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import streamlit as st

from pages.components.session.state import SessionState
from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.types import Comparison, RepeatTests
from spine_core.explanation.base import Explanation, MethodFamily
from spine_core.grading.types import DiscImage
from spine_core.jobs import submit
from spine_core.networks.display_names import network_label
from spine_core.networks.target import Target
from spine_core.progress import Progress
from spine_core.study.types import Study

POLL = 0.2
"""Seconds between two looks at what is waited for: a cancel is felt within them."""

METHODS = ("grad_cam", "lime", "shap")
"""Shown unless the reader asks for others."""

KINDS = {
    MethodFamily.ACTIVATION: "last layer",
    MethodFamily.PERTURBATION: "parts hidden",
    MethodFamily.ANATOMICAL: "named structures",
    MethodFamily.GRADIENT: "pixels",
    MethodFamily.CONTROL: "control",
}
"""Short words for the groups of methods."""

KINDS_OF_WORK = ("explain-", "compare-", "check-", "alter-", "networks-")
"""What the keys of the jobs of Explain and Compare begin with."""

Settings = Mapping[str, float | int | str]
Work = tuple[str, Callable[[Progress], Any]]


@dataclass(frozen=True, eq=False)
class ExplanationRequest:
    """One explanation that the page shows: what is asked, and with which settings."""

    image: DiscImage
    target: Target
    method: str
    seed: int
    settings: Settings
    network: str

    @cached_property
    def key(self) -> str:
        """Equal input, question and settings give an equal key."""
        regions = b"" if self.image.regions is None else self.image.regions.tobytes()
        pixels = hashlib.sha256(self.image.pixels.tobytes() + regions).hexdigest()
        target = self.target
        asked = [pixels, self.image.level, target.condition, target.grade, target.kind, target.contrast]
        asked += [self.method, self.seed, sorted(self.settings.items()), self.network]
        return f"explain-{hashlib.sha256(json.dumps(asked).encode()).hexdigest()}"

    def run(self, progress: Progress) -> Explanation:
        """The work of the job."""
        from spine_core.explanation.registry import FAST, REGISTRY, explain
        from spine_core.explanation.warm_imports import warm_imports
        from spine_core.networks.registry import load_bundle

        progress(0.0, "waiting for the network")
        network = load_bundle().networks()[self.network]
        if REGISTRY[self.method].family in FAST:
            waits = (network.prepare().wait, warm_imports().wait)
            # Torch would answer at once, but hundreds of pictures take it longer than the engine takes to be made.
            while not all(wait(POLL) for wait in waits):
                progress(0.0, "preparing to ask the networks fast")
        return explain(self.method, network, self.image, self.target, self.seed, self.settings, progress)


def ask_methods(image: DiscImage) -> list[str]:
    """The methods that the reader wants to see, in the order of the registry; the three usual ones at first."""
    from spine_core.explanation.registry import REGISTRY

    order = sorted(
        REGISTRY, key=lambda name: (name not in METHODS, list(MethodFamily).index(REGISTRY[name].family))
    )
    if image.regions is None:
        order = [name for name in order if REGISTRY[name].family is not MethodFamily.ANATOMICAL]
    lines = [
        f"- **{group.value}**: {', '.join(REGISTRY[name].label for name in order if REGISTRY[name].family is group)}"
        for group in MethodFamily
        if any(REGISTRY[name].family is group for name in order)
    ]

    def words(name: str) -> str:
        method = REGISTRY[name]
        return method.label if name in METHODS else f"{method.label} ({KINDS[method.family]})"

    chosen = st.multiselect(
        "Methods", order, default=list(METHODS), key="methods", persist_state="session",
        format_func=words, help="\n".join(lines), placeholder="Choose at least one",
    )  # fmt: skip
    return [name for name in order if name in chosen]


def network_names(store: SessionState) -> list[str]:
    """What can be explained: first all networks together, which the grid shows, then each that answers alone."""
    assert store.reading is not None
    assert store.finding is not None
    return [store.reading.model.name, *store.finding.member_probabilities]


def ask_network(store: SessionState) -> str:
    """Whose answer is explained: that of all networks together, which the grid shows, or of one of them."""
    return str(
        st.selectbox(
            "Network", network_names(store), key="network", persist_state="session", format_func=network_label,
            help="The grid shows what all networks say together. Alone, one may look elsewhere.",
        )
    )  # fmt: skip


def wanted(
    image: DiscImage, target: Target, network: str, methods: Sequence[str] = METHODS
) -> list[ExplanationRequest]:
    """Explanations of ``network`` by ``methods`` with the settings chosen in this session."""
    from spine_core.explanation.registry import REGISTRY

    state = st.session_state
    return [
        ExplanationRequest(
            image, target, name, int(state.get(f"{name}-seed", 0)),
            {key: state.get(f"{name}-{key}", value) for key, value in REGISTRY[name].defaults().items()},
            network,
        )
        for name in methods
    ]  # fmt: skip


def comparison(explanations: Mapping[str, Explanation], image: DiscImage, seed: int, network: str) -> Work:
    """Key and work of comparing explanations, which are given by their keys."""

    def run(progress: Progress) -> Comparison:
        from spine_core.comparison.compare import compare
        from spine_core.networks.registry import load_bundle

        asked = load_bundle().networks()[network]
        return compare(tuple(explanations.values()), asked, image, seed, progress)

    return f"compare-{_digest(explanations, seed)}", run


def checking(
    explanations: Mapping[str, Explanation], image: DiscImage, seed: int, network: str, study: Study | None
) -> Work:
    """Key and work of repeating and scrambling explanations, which are given by their keys.

    ``study``: where the picture was cut from, for the neighbouring slice.
    """

    def run(progress: Progress) -> RepeatTests:
        from spine_core.comparison.repeat_tests import run_repeat_tests
        from spine_core.grading.crops import neighbouring_slice
        from spine_core.networks.registry import load_bundle

        asked = load_bundle().networks()[network]
        beside = None if study is None else neighbouring_slice(asked.preprocessing, image, study)
        return run_repeat_tests(tuple(explanations.values()), asked, image, seed, progress, beside)

    return f"check-{_digest(explanations, seed)}", run


def altering(explanations: Mapping[str, Explanation], image: DiscImage, seed: int, network: str) -> Work:
    """Key and work of explaining altered pictures; the explanations are given by their keys."""

    def run(progress: Progress) -> Robustness:
        from spine_core.comparison.metrics.robustness.robustness import robustness
        from spine_core.networks.registry import load_bundle

        asked = load_bundle().networks()[network]
        return robustness(tuple(explanations.values()), asked, image, seed, progress)

    return f"alter-{_digest(explanations, seed)}", run


def _digest(explanations: Mapping[str, Explanation], seed: int) -> str:
    return hashlib.sha256("".join([*explanations, str(seed)]).encode()).hexdigest()


def sync_jobs(store: SessionState, tasks: Sequence[Work]) -> None:
    """Starts what is not there yet and cancels what nobody looks at any more.

    What the user cancelled, or what failed, stays so until asked for again.
    """
    keys = {key for key, _ in tasks}
    for key, job in store.jobs.items():
        if key.startswith(KINDS_OF_WORK) and key not in keys and not job.over:
            store.jobs.forget(key)
    for key, work in tasks:
        if store.jobs.get(key) is None:
            submit(store.jobs, key, work)
