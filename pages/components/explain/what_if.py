"""The what-if image of a disc: the smallest change found for which the network reports another grade."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from pages.components.compare import expensive_tests
from pages.components.explain.explanation_jobs import Work, ask_network, content_key, sync_jobs
from pages.components.explain.what_if_figure import what_if_figure
from pages.components.networks.available import find_network
from pages.components.networks.readings import reading_by
from pages.components.read.grid import grade_words
from pages.components.session.state import SessionState
from pages.components.viewer.linked_viewer import ask_channel, seen_or_stop
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import resolve_backend
from spine_core.networks.network import TORCH
from spine_core.networks.target import Target
from spine_core.progress import Progress
from spine_core.results.generator_results import released_use
from spine_core.study.types import Study
from spine_core.synthesis.counterfactual import what_if
from spine_core.synthesis.generator import released_generator, why_not_this_view
from spine_core.synthesis.goal import other_grade
from spine_core.synthesis.stamp import as_grey, png
from spine_core.synthesis.types import Turn, WhatIf

OFFER = (
    "A small generator draws this disc again, step by step less like itself, until the network reports the other "
    "grade; the rest of the image is held. This takes 10 to 60 s. It goes on while you look at other pages."
)
LIMITS = (
    "**Synthetic, for research and teaching.** The image shows what this network and this generator take for the other "
    "grade. It does not show what the patient's disc will look like or has looked like. A small change that turns the "
    "answer means that the network was close to the other grade; it need not be the change that a radiologist looks "
    "for."
)
PNG_SCALE = 3


def show_what_if(store: SessionState, study: Study, image: DiscImage, target: Target) -> None:
    """The controls, and the what-if image once the reader has asked for it and it is made."""
    first, second, third = st.columns([3, 3, 2], gap="medium", vertical_alignment="bottom")
    with first:
        network = ask_network(store)
    image, target = seen_or_stop(store, network, image, target)
    with second:
        goal = _ask_goal(store, network, image, target)
    with third:
        channel = ask_channel(image)
    explained = find_network(network, store.owner)
    if reason := why_not_this_view(getattr(explained, "preprocessing", None)):
        st.info(f"There is no what-if image for this network: {reason}.")
        return
    task = _work(image, goal, network, store.owner)
    wanted = expensive_tests.if_requested(task)
    sync_jobs(store, [] if wanted is None else [wanted])
    found: WhatIf | None = expensive_tests.outcome(
        store, task, "Changing the disc", OFFER, "Make the what-if image"
    )
    if found is None:
        return
    position = [one is channel for one in image.channels].index(True)
    std = explained.preprocessing.std
    _shown(found, position, std if isinstance(std, float) else std[position], channel.weighting)


def _ask_goal(store: SessionState, network: str, image: DiscImage, target: Target) -> Target:
    """The grade that the image is to show; at first the one that contradicts the answer."""
    reading = reading_by(store, network)
    finding = None if reading is None else reading.finding(image.level, target.condition)
    assert finding is not None
    condition = target.definition
    odds = {grade: np.array([value]) for grade, value in finding.probabilities.items()}
    grades = [grade for grade in condition.grades if grade != finding.grade]
    first = other_grade(target, odds)
    chosen = st.selectbox(
        "What if the network reported",
        grades,
        grades.index(first),
        format_func=lambda grade: (
            f"{condition.label}: {grade_words(condition, grade)} (now {finding.probabilities[grade]:.0%})"
        ),
        key=f"what-if-{network}-{image.level}-{condition.name}-{first}",
        persist_state="session",
    )
    return Target(target.condition, chosen, output=target.output)


def _work(image: DiscImage, goal: Target, network: str, owner: str) -> Work:
    key = content_key("what-if-", image, goal.question, network)
    return Work(key, partial(_run, image=image, goal=goal, network=network, owner=owner))


def _run(progress: Progress, *, image: DiscImage, goal: Target, network: str, owner: str) -> WhatIf:
    judge = resolve_backend(find_network(network, owner), TORCH)
    return what_if(judge, image, goal, released_generator(), progress=progress)


def _shown(found: WhatIf, position: int, std: float, weighting: str) -> None:
    _answer(found)
    st.plotly_chart(
        what_if_figure(found, position, std), width="stretch", key="what-if",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=f"{found.level}, {weighting.upper()}: the real image, the synthetic what-if image with a slider between "
        "the two, and the difference",
    )  # fmt: skip
    _figures(found, std)
    st.caption(f"{LIMITS} By its evaluation on held-out patients, the generator is {released_use().value}.")
    what = f"what-if image of {found.level}, {weighting.upper()}: {found.goal.label()}"
    grey = as_grey(found.changed[position])
    st.download_button(
        "What-if image (PNG)", lambda: png(grey, found.generator, what, PNG_SCALE),
        "spinelens-synthetic-what-if.png", "image/png", icon=":material/download:",
        help="The word SYNTHETIC is burned into the pixels and written into the file. There is no DICOM of it.",
    )  # fmt: skip


def _answer(found: WhatIf) -> None:
    """Validity: did the answer turn, and with which probability."""
    goal = found.goal.label()
    if found.turn is Turn.ALREADY:
        st.info(f"The network reports {goal} already.")
        return
    before, after = found.probabilities[0], found.probabilities[-1]
    words = f"{goal}: {before:.0%} for the real image, {after:.0%} for the what-if image."
    if found.turn is Turn.TURNED:
        st.markdown(f"**The answer turned.** {words}")
    else:
        st.warning(
            f"The answer did not turn: no image that the generator makes of this disc does it. {words}"
        )


def _figures(found: WhatIf, std: float) -> None:
    """Closeness, and the change outside the disc."""
    inside = found.mask > 0.5
    parts = [
        f"Mean change where the image may change: {found.change(inside, std):.1%} of the intensity range"
    ]
    parts.append(f"elsewhere: {found.change(found.mask == 0, std):.1%} (held)")
    if found.disc is not None:
        share = np.abs(found.difference).sum(axis=0)
        total = float(share.sum()) or 1.0
        parts.append(f"{float(share[found.disc].sum()) / total:.0%} of the change lies on the segmented disc")
    st.caption(
        f"{'; '.join(parts)}. {found.evaluations} model evaluations, {found.seconds:.0f} s. Generator "
        f"{found.generator.name} {found.generator.version}; it works at 64 × 64 pixels, finer detail is the patient's "
        "own."
    )
