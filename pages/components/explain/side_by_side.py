"""One method on two images: another level, the same image changed, or one pinned from another study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st
from PIL import Image
from scipy.special import expit

from pages.components import job_progress
from pages.components.explain.explanation_jobs import ExplanationRequest
from pages.components.networks.available import find_network
from pages.components.session.state import SessionState
from pages.components.study_jobs import FAILED
from pages.components.viewer.linked_viewer import finished
from spine_core.comparison.metrics.agreement.agreement import chance_similarity, map_similarity
from spine_core.comparison.metrics.robustness.corruptions import (
    BY_CHANNEL,
    Corruption,
    corrupt,
    fitting_corruptions,
)
from spine_core.comparison.verdict import label_of
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import overlay_on_crop, scale_by_peak
from spine_core.grading.types import DiscImage
from spine_core.jobs import State

NOTHING = "nothing"
OTHER, METHOD = "beside-other", "beside-method"
"""Keys of the two choices in the session."""

SIDE = 480
"""Pixels of each image on the screen."""


def choices(
    store: SessionState, image: DiscImage, kinds: Sequence[Corruption] = tuple(BY_CHANNEL)
) -> dict[str, str]:
    """What ``image`` can be compared with: label by key. ``kinds``: changes of the image that fit the network."""
    levels = store.reading.images if store.reading else {}
    return {
        NOTHING: "Nothing",
        **{f"change {kind.name}": f"This image, {kind.value}" for kind in kinds},
        **{f"level {level}": f"{level} of this study" for level in levels if level != image.level},
        **{f"pinned {number}": words for number, (words, _) in enumerate(store.pinned_images)},
    }


def other_picture(store: SessionState, image: DiscImage, choice: str) -> DiscImage | None:
    """The image that a choice stands for; None where it is no longer there."""
    kind, _, name = choice.partition(" ")
    if kind == "change":
        change = Corruption[name]
        pixels = store.memory.once((OTHER, name), image, lambda: corrupt(image.pixels, change, 0))
        return replace(image, pixels=pixels)
    if kind == "level" and store.reading is not None:
        return store.reading.images.get(name)
    if kind == "pinned" and int(name) < len(store.pinned_images):
        return store.pinned_images[int(name)][1]
    return None


def asked_for(
    store: SessionState, image: DiscImage, asked: Sequence[ExplanationRequest]
) -> ExplanationRequest | None:
    """The explanation of the other image, where the reader chose one."""
    other = other_picture(store, image, st.session_state.get(OTHER, NOTHING))
    mine = _mine(asked)
    return None if other is None or mine is None else replace(mine, image=other)


def _mine(asked: Sequence[ExplanationRequest]) -> ExplanationRequest | None:
    method = st.session_state.get(METHOD)
    return next((task for task in asked if task.method == method), asked[0] if asked else None)


def beside(
    store: SessionState,
    image: DiscImage,
    asked: Sequence[ExplanationRequest],
    maps: Mapping[str, Explanation],
) -> None:
    """The choices, and both images once the other is explained."""
    st.markdown(
        "**Compare with another case**",
        help="The same target and method on another disc, on this image changed as scanners and patients change it, "
        "or on an image that you pinned from another study.",
    )
    kinds = tuple(BY_CHANNEL)
    if asked:
        network = find_network(asked[0].network, asked[0].owner)
        kinds = fitting_corruptions(getattr(network, "preprocessing", None))
    words = choices(store, image, kinds)
    left, middle, right = st.columns([3, 4, 5], gap="medium", vertical_alignment="bottom")
    left.selectbox(
        "Method", [task.method for task in asked], key=METHOD, format_func=label_of, persist_state="session"
    )
    middle.selectbox("Compare with", list(words), key=OTHER, format_func=lambda key: words.get(key, key))
    _keeping(store, image, right)
    task, mine = asked_for(store, image, asked), _mine(asked)
    if task is None or mine is None:
        return
    found, job = finished(store, [task]).get(task.key), store.jobs.get(task.key)
    if found is None:
        if job is not None and job_progress.awaited(job):
            job_progress.watch({label_of(task.method): job}, "beside")
        elif job is not None and job.state is State.FAILED:
            st.error(FAILED)
        else:
            st.info("Cancelled.")
        return
    _both(image, maps[mine.key], task.image, found, words[st.session_state[OTHER]])


def _keeping(store: SessionState, image: DiscImage, place: st.delta_generator.DeltaGenerator) -> None:
    with place.container(horizontal=True):
        if st.button(
            "Pin this image", icon=":material/keep:", help="To compare it with a study that you open later."
        ):
            store.pinned_images.append((f"{image.level}, pinned image {len(store.pinned_images) + 1}", image))
            st.rerun()
        if store.pinned_images and st.button("Remove pinned images", icon=":material/delete:"):
            store.pinned_images.clear()
            st.rerun()


def _both(image: DiscImage, one: Explanation, other_image: DiscImage, other: Explanation, words: str) -> None:
    for column, picture, found, said in zip(
        st.columns(2, gap="medium"), (image, other_image), (one, other), ("This image", words), strict=True
    ):
        (scale,) = scale_by_peak([found])
        drawn = overlay_on_crop(picture.pixels, found.attribution, scale, signed=found.signed)
        answer = f"{found.target.label()}: {expit(found.target_score):.0%}"
        column.image(
            Image.fromarray(drawn).resize((SIDE, SIDE), Image.Resampling.BICUBIC),
            caption=f"{said}. {answer}.",
            alt=f"{label_of(found.method)} of {found.target.label()}, {said}",
        )
    if other_image.disc is not image.disc:
        st.caption("Different discs: compare which structure is marked, not the position in the image.")
        return
    alike, chance = map_similarity(one, other), chance_similarity(one, 0)
    if alike is None or chance is None:
        st.caption("One of the maps is empty.")
        return
    verb = "is similar" if alike > chance else "is no more similar than chance"
    st.caption(
        f"The map {verb}: rank correlation {alike:.2f}, chance up to {chance:.2f} (95 % of random patches)."
    )
