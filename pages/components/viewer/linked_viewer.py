"""One slice in linked panes: without a map, and with the map of each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.explain.explanation_jobs import (
    ExplanationRequest,
    ask_methods,
    ask_network,
    ask_random_weights,
    unavailable_methods,
)
from pages.components.networks.readings import graded_by, seen_by
from pages.components.segments import segments
from pages.components.series_names import distinct_names
from pages.components.session.state import SessionState
from pages.components.viewer.viewer import mount, with_drawing
from pages.components.viewer.viewer_data import Map, Pane, crop_data, map_data, viewer_data
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import scale_by_peak
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import Channel, DiscImage
from spine_core.jobs import State
from spine_core.networks.target import Target
from spine_core.study.types import Study


@dataclass(frozen=True, eq=False)
class Asked:
    """What is explained, and how: the image and target of the chosen network, the methods, the background channel."""

    network: str
    image: DiscImage
    target: Target
    methods: list[str]
    channel: Channel


def ask_how(store: SessionState, image: DiscImage, target: Target) -> Asked:
    """Controls side by side: the network, the methods and the background image.

    Ends the run of the page where the network has not graded the discs yet, or cannot be asked about the target.
    """
    first, random, second, third = st.columns([3, 2, 6, 2], gap="medium", vertical_alignment="bottom")
    with first:
        name = ask_network(store)
    with random:
        network = ask_random_weights(name)
    image, target = seen_or_stop(store, network, image, target)
    with second:
        methods = ask_methods(image, unavailable_methods(network, store.owner))
    with third:
        return Asked(network, image, target, methods, ask_channel(image))


def seen_or_stop(
    store: SessionState, network: str, image: DiscImage, target: Target
) -> tuple[DiscImage, Target]:
    """Image and target of the same question for ``network``; ends the run of the page where it cannot be asked."""
    if not graded_by(store, network):
        st.stop()
    seen = seen_by(store, network, image, target)
    if isinstance(seen, str):
        st.info(seen)
        st.stop()
    return seen


def ask_graded_network(
    store: SessionState, image: DiscImage, target: Target
) -> tuple[str, DiscImage, Target]:
    """The network alone, with the image and the target as it sees them. Ends the run of the page as ``ask_how``."""
    column, _ = st.columns([3, 10])
    with column:
        name = ask_network(store)
    return name, *seen_or_stop(store, name, image, target)


def ask_channel(image: DiscImage) -> Channel:
    """The channel of the network's input that the maps are drawn over."""
    there = {channel.weighting: channel for channel in image.channels if channel is not None}
    if len(there) == 1:
        return next(iter(there.values()))
    chosen = segments(
        "Background image", list(there), format_func=str.upper,
        key=f"background-channel-{'-'.join(there)}", persist_state="session",
    )  # fmt: skip
    return there[chosen]


def finished(store: SessionState, tasks: Sequence[ExplanationRequest]) -> dict[str, Explanation]:
    """Results by key of the tasks that are done by now."""
    jobs = {task.key: store.jobs.get(task.key) for task in tasks}
    return {key: job.result for key, job in jobs.items() if job is not None and job.state is State.DONE}


def linked_panes(
    store: SessionState,
    study: Study,
    image: DiscImage,
    channel: Channel,
    tasks: Sequence[ExplanationRequest],
    done: Mapping[str, Explanation],
) -> None:
    """The original and one pane per task; a pane whose map is not among ``done`` shows the slice alone.

    What is done is settled once for the whole page: a map that is ready between two looks would be shown in part.
    """
    panes, maps = [Pane(channel.series_uid, "Original")], {}
    for task in tasks:
        label, found = REGISTRY[task.method].label, done.get(task.key)
        if found is None:
            panes.append(Pane(channel.series_uid, f"{label} \u2026"))
            continue
        panes.append(Pane(channel.series_uid, label, task.key))
        (scale,) = scale_by_peak([found])
        maps[task.key] = explanation_map(store, task, found, channel, scale)
    series = study.by_uid(channel.series_uid)
    name = distinct_names(study, store.reading)[series.uid]
    data = viewer_data(
        study.sha256,
        [with_drawing(store, study, series, name)],
        panes,
        linked=True,
        level=image.level,
        slices={series.uid: channel.slice_index},
        maps=maps,
        crop=crop_data(channel, image.pixels.shape[-1]),
    )
    mount("maps", data)


def explanation_map(
    store: SessionState, task: ExplanationRequest, found: Explanation, channel: Channel, scale: float
) -> dict[str, Any]:
    """The map of a task on the slice of ``channel``, for the viewer. ``scale``: relevance of full colour."""
    shown = Map(
        f"{REGISTRY[task.method].label} of {task.target.label()} at {task.image.level}",
        task.key,
        channel.slice_index,
        channel.frame,
        found.attribution,
        found.signed,
        scale,
        task.target.short_label(),
    )
    return map_data(store.pixels, shown)
