"""Explanations of one target as background jobs, kept by content in the session."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import streamlit as st

from pages.components.networks.available import find_network, preparation
from pages.components.networks.readings import network_names
from pages.components.session.state import SessionState
from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.repeat_tests import RepeatTests
from spine_core.comparison.types import Comparison
from spine_core.explanation.base import Explanation, MethodFamily
from spine_core.grading.types import DiscImage
from spine_core.jobs import Job, Lane, State, submit
from spine_core.networks.display_names import SUFFIX, network_label
from spine_core.networks.target import Target
from spine_core.progress import Cancelled, Progress
from spine_core.study.types import Study

METHODS = ("grad_cam", "lime", "partition_shap")
"""Shown unless the reader chooses others."""

KINDS = {
    MethodFamily.ACTIVATION: "activation",
    MethodFamily.PERTURBATION: "perturbation",
    MethodFamily.ANATOMICAL: "anatomical structures",
    MethodFamily.GRADIENT: "gradient",
    MethodFamily.COUNTERFACTUAL: "counterfactual",
    MethodFamily.CONTROL: "control",
}
"""Short names of the families of methods."""

KINDS_OF_WORK = ("explain-", "what-if-", "compare-", "check-", "alter-", "networks-", "similar-")
"""What the keys of the jobs of Explain and Compare begin with."""

Settings = Mapping[str, float | int | str]


@dataclass(frozen=True, eq=False)
class Work:
    """A job to be: ``run(progress, *inputs)`` makes the result of ``key``.

    ``inputs``: keys of jobs of the same session whose results ``run`` takes. ``after``: gives the jobs that have to be
    over before it starts, such as a backend that is being prepared; called when the job is submitted.
    """

    key: str
    run: Callable[..., Any]
    lane: Lane = Lane.BACKGROUND
    inputs: tuple[str, ...] = ()
    after: Callable[[], Sequence[Job[Any]]] = tuple


def content_key(prefix: str, image: DiscImage, *parts: object) -> str:
    """The key of a job: ``prefix`` and a hash. Equal images, with their structures, and equal parts give equal keys."""
    regions = b"" if image.regions is None else image.regions.tobytes()
    pixels = hashlib.sha256(image.pixels.tobytes() + regions).hexdigest()
    return f"{prefix}{hashlib.sha256(repr((pixels, image.level, parts)).encode()).hexdigest()}"


@dataclass(frozen=True, eq=False)
class ExplanationRequest:
    """One explanation that the page shows: image, target, method, settings and network.

    ``owner``: whose registered networks ``network`` may name.
    """

    image: DiscImage
    target: Target
    method: str
    seed: int
    settings: Settings
    network: str
    owner: str = ""

    @cached_property
    def key(self) -> str:
        """Equal images, targets and settings give equal keys."""
        settings = sorted(self.settings.items())
        return content_key(
            "explain-", self.image, self.target.question, self.method, self.seed, settings, self.network
        )

    @property
    def work(self) -> Work:
        """Quick methods are interactive; those that need many scores wait for the backend, outside the workers."""
        from spine_core.explanation.registry import FAST, QUICK, REGISTRY

        family = REGISTRY[self.method].family
        lane = Lane.INTERACTIVE if family in QUICK else Lane.BACKGROUND
        return Work(self.key, self.run, lane, after=self._preparations if family in FAST else tuple)

    def _preparations(self) -> Sequence[Job[Any]]:
        from spine_core.explanation.warm_imports import warm_imports

        return (preparation(self.network, self.owner), warm_imports())

    def run(self, progress: Progress) -> Explanation:
        """The explanation itself."""
        from spine_core.explanation.registry import explain

        network = find_network(self.network, self.owner)
        return explain(self.method, network, self.image, self.target, self.seed, self.settings, progress)


def unavailable_methods(network: str, owner: str) -> set[str]:
    """Methods that cannot explain the network, such as Grad-CAM without feature maps."""
    from spine_core.explanation.registry import REGISTRY

    # A random-weights twin has the layers of its network, and takes seconds to make.
    found = find_network(network.removesuffix(SUFFIX), owner)
    return {name for name, method in REGISTRY.items() if method.why_unavailable(found)}


def ask_methods(image: DiscImage, unavailable: Collection[str] = ()) -> list[str]:
    """The methods that the reader chooses, the three default ones first. ``unavailable``: for this network."""
    from spine_core.explanation.registry import REGISTRY

    order = sorted(
        REGISTRY, key=lambda name: (name not in METHODS, list(MethodFamily).index(REGISTRY[name].family))
    )
    if image.regions is None:
        order = [name for name in order if REGISTRY[name].family is not MethodFamily.ANATOMICAL]
    order = [name for name in order if name not in unavailable]
    lines = [
        f"- **{group.value}**: {', '.join(REGISTRY[name].label for name in order if REGISTRY[name].family is group)}"
        for group in MethodFamily
        if any(REGISTRY[name].family is group for name in order)
    ]

    def words(name: str) -> str:
        method = REGISTRY[name]
        return method.label if name in METHODS else f"{method.label} ({KINDS[method.family]})"

    chosen = st.multiselect(
        "Methods", order, default=[name for name in METHODS if name in order], key="methods",
        persist_state="session",
        format_func=words, help="\n".join(lines), placeholder="Choose at least one",
    )  # fmt: skip
    return [name for name in order if name in chosen]


def ask_network(store: SessionState) -> str:
    """Which network is explained: the one that the grid shows, one of its members, or one chosen for comparison."""
    return str(
        st.selectbox(
            "Network", network_names(store), key="network", persist_state="session", format_func=network_label,
            help="The grid shows the prediction of the first. A single member may use other evidence. More networks "
            "come from the page Networks.",
        )
    )  # fmt: skip


def ask_random_weights(name: str) -> str:
    """The network ``name``, or its random-weights twin where the reader asks for that control."""
    random = st.toggle(
        "Random weights", key="random-weights", persist_state="session",
        help="A control: the same network with the weights of every layer shuffled. A map that stays the same does "
        "not show what the network learnt (Adebayo 2018).",
    )  # fmt: skip
    return f"{name}{SUFFIX}" if random else name


def requested(
    image: DiscImage, target: Target, network: str, methods: Sequence[str] = METHODS, owner: str = ""
) -> list[ExplanationRequest]:
    """Explanations of ``network`` by ``methods`` with the settings chosen in this session."""
    from spine_core.explanation.registry import REGISTRY

    state = st.session_state
    return [
        ExplanationRequest(
            image, target, name, int(state.get(f"{name}-seed", 0)),
            {key: state.get(f"{name}-{key}", value) for key, value in REGISTRY[name].defaults().items()},
            network,
            owner,
        )
        for name in methods
    ]  # fmt: skip


def comparison_work(requests: Sequence[ExplanationRequest], seed: int) -> Work:
    """The comparison of explanations of one image and network, once they are there."""
    image, network, owner = requests[0].image, requests[0].network, requests[0].owner

    def run(progress: Progress, *explanations: Explanation) -> Comparison:
        from spine_core.comparison.compare import compare

        return compare(explanations, find_network(network, owner), image, seed, progress)

    return _of_explanations("compare", requests, seed, run)


def repeat_tests_work(requests: Sequence[ExplanationRequest], seed: int, study: Study | None) -> Work:
    """Stability and randomised weights. ``study``: where the image was cut from, for the neighbouring slice."""
    image, network, owner = requests[0].image, requests[0].network, requests[0].owner

    def run(progress: Progress, *explanations: Explanation) -> RepeatTests:
        from spine_core.comparison.repeat_tests import run_repeat_tests
        from spine_core.grading.crops.cut import neighbouring_slice

        explained = find_network(network, owner)
        neighbour = None if study is None else neighbouring_slice(explained.preprocessing, image, study)
        return run_repeat_tests(explanations, explained, image, seed, progress, neighbour)

    return _of_explanations("check", requests, seed, run)


def robustness_work(requests: Sequence[ExplanationRequest], seed: int) -> Work:
    """Predictions and explanations of changed images."""
    image, network, owner = requests[0].image, requests[0].network, requests[0].owner

    def run(progress: Progress, *explanations: Explanation) -> Robustness:
        from spine_core.comparison.metrics.robustness.robustness import robustness

        return robustness(explanations, find_network(network, owner), image, seed, progress)

    return _of_explanations("alter", requests, seed, run)


def _of_explanations(
    kind: str, requests: Sequence[ExplanationRequest], seed: int, run: Callable[..., Any]
) -> Work:
    keys = tuple(one.key for one in requests)
    digest = hashlib.sha256("".join([*keys, str(seed)]).encode()).hexdigest()
    return Work(f"{kind}-{digest}", run, inputs=keys)


def sync_jobs(store: SessionState, tasks: Sequence[Work]) -> None:
    """Starts what is not there yet and cancels what no page shows any more.

    What the user cancelled, or what failed, stays so until the user starts it again.
    """
    keys = {task.key for task in tasks}
    for key, job in store.jobs.items():
        if key.startswith(KINDS_OF_WORK) and key not in keys and not job.over:
            store.jobs.forget(key)
    for task in tasks:
        if store.jobs.get(task.key) is None:
            _submit(store, task)


def _submit(store: SessionState, task: Work) -> None:
    inputs = [store.jobs.get(key) for key in task.inputs]
    known = [job for job in inputs if job is not None]

    def run(progress: Progress) -> Any:
        if len(known) < len(inputs) or any(job.state is not State.DONE for job in known):
            raise Cancelled
        return task.run(progress, *(job.result for job in known))

    submit(store.jobs, task.key, run, lane=task.lane, after=[*known, *task.after()])
