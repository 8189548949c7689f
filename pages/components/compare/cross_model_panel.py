"""The chosen methods in other networks: many maps, so only where the reader asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from PIL import Image

from pages.components.compare import expensive_tests
from pages.components.compare.matrices import CAPTIONS, RANKS, SIMILARITY, matrix
from pages.components.explain.explanation_jobs import ExplanationRequest, Work, unavailable_methods
from pages.components.networks.readings import graded_by, network_names, reading_by, seen_by
from pages.components.session.state import SessionState
from spine_core.comparison.alignment import align
from spine_core.comparison.cross_model import (
    CrossModelAgreement,
    MethodAcrossModels,
    agreement_criterion,
    compare_models,
)
from spine_core.comparison.verdict import label_of
from spine_core.explanation.base import Explanation, MethodFamily
from spine_core.explanation.overlay import overlay_on_crop, scale_by_peak
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import DiscImage
from spine_core.jobs import State
from spine_core.networks.display_names import SUFFIX, network_label
from spine_core.progress import Part, Progress

PREFIX = "networks-"
"""What the keys of these jobs begin with."""

MAKING = 0.95
"""Share of the progress bar for making the maps; comparing them is short."""

HELP = (
    "The same target on the same image. Networks that use the same evidence mark the same place. The ensemble is the "
    "mean of its members and resembles each of them for that reason alone."
)


@dataclass(frozen=True, eq=False)
class Made:
    """What a job gave: the comparison, and its maps by the keys under which they were wanted."""

    found: CrossModelAgreement
    maps: Mapping[str, Explanation]


def asked_for(store: SessionState, asked: Sequence[ExplanationRequest]) -> Work | None:
    """The work, if the reader requested it."""
    task = _work(store, asked)
    return None if task is None else expensive_tests.if_requested(task)


def networks(
    store: SessionState,
    image: DiscImage,
    asked: Sequence[ExplanationRequest],
    maps: Mapping[str, Explanation],
) -> CrossModelAgreement | None:
    """The choice, the button, the progress, or the results, which are returned for the files."""
    if not _explaining(asked):
        return None
    st.markdown("**The same method in other networks**", help=HELP)
    shown = asked[0].network
    others = [name for name in _all_names(store, shown) if name != shown]
    st.multiselect(
        "Networks", others, default=_chosen(store, shown), key=_key(shown), persist_state="session",
        format_func=network_label, placeholder="Choose at least one",
    )  # fmt: skip
    for name in _chosen(store, shown):
        if not graded_by(store, name):
            return None
        seen = seen_by(store, name, image, asked[0].target)
        if isinstance(seen, str):
            st.caption(seen)
    task = _work(store, asked)
    if task is None:
        st.caption("Choose at least one network to compare with the one on screen.")
        return None
    made: Made | None = expensive_tests.outcome(
        store,
        task,
        "Explaining in other networks",
        f"Do these networks look at the same place? {_price(store, asked, maps)}",
        "Explain in these networks",
    )
    if made is None:
        return None
    common = st.toggle(
        "One colour scale for all networks", key="one-scale", persist_state="session",
        help="Full colour is the strongest pixel of all maps of a method, so that faint maps look faint. Otherwise "
        "each map is scaled by its own.",
    )  # fmt: skip
    for one in made.found.methods:
        _method(one, made.found, image, common=common)
    st.caption(
        f"Under each map: the network's own probability of {made.found.target.label()}. {CAPTIONS[RANKS]}"
    )
    st.caption(f"{agreement_criterion(made.found)} Seed {made.found.seed}.")
    return made.found


def _key(shown: str) -> str:
    # The choice leaves out the network on screen, so each of those has a choice of its own.
    return f"beside-network-{shown}"


def _chosen(store: SessionState, shown: str) -> list[str]:
    """Networks to be put beside the one on screen: at first all that answer alone."""
    _, *members = network_names(store)
    return list(st.session_state.get(_key(shown), [name for name in members if name != shown]))


def _explaining(asked: Sequence[ExplanationRequest]) -> list[ExplanationRequest]:
    """Without the controls, which look at no network."""
    return [task for task in asked if REGISTRY[task.method].family is not MethodFamily.CONTROL]


def _work(store: SessionState, asked: Sequence[ExplanationRequest]) -> Work | None:
    """Key and work of making the maps that are not there yet, and of comparing all; None without another network."""
    tasks = _tasks(store, asked)
    if len({task.network for task in tasks}) < 2:
        return None
    (ensemble, members), image = _ensemble(store), asked[0].image
    known = _known(store)
    missing = [task for task in tasks if task.key not in known]

    def run(progress: Progress) -> Made:
        made = dict(known)
        for number, task in enumerate(missing):
            share = MAKING / len(missing)
            made[task.key] = task.run(_Named(progress, number * share, share, network_label(task.network)))
        # Each network has its own crop of the disc; agreement is measured on that of the network on screen.
        maps = {task.key: align(made[task.key], task.image, image) for task in tasks}
        found = compare_models(
            list(maps.values()), 0, Part(progress, MAKING, 1 - MAKING), ensemble=ensemble, members=members
        )
        return Made(found, maps)

    key = PREFIX + hashlib.sha256("".join(task.key for task in tasks).encode()).hexdigest()
    return Work(key, run, after=lambda: [job for task in missing for job in task.work.after()])


def _tasks(store: SessionState, asked: Sequence[ExplanationRequest]) -> list[ExplanationRequest]:
    """Every method in every network that is compared, the one on screen among them; none without another network."""
    shown = asked[0].network
    compared = [name for name in _all_names(store, shown) if name in {shown, *_chosen(store, shown)}]
    image, target = asked[0].image, asked[0].target
    seen = {
        name: (image, target) if name == shown else seen_by(store, name, image, target) for name in compared
    }
    able = {name: found for name, found in seen.items() if isinstance(found, tuple)}
    unable = {name: unavailable_methods(name, store.owner) for name in able}
    return [
        replace(task, network=name, image=own_image, target=own_target)
        for task in _explaining(asked)
        for name, (own_image, own_target) in able.items()
        if task.method not in unable[name]
    ]


def _all_names(store: SessionState, shown: str) -> list[str]:
    """Every network that can be compared, and the random-weights twin of the one on screen."""
    names = network_names(store)
    return [*names, *(name for name in (shown, _twin(shown)) if name not in names)]


def _twin(name: str) -> str:
    return f"{name.removesuffix(SUFFIX)}{SUFFIX}"


def _ensemble(store: SessionState) -> tuple[str, list[str]]:
    """The ensemble that reads and its members; an empty name where a single network reads."""
    assert store.reading is not None
    members = list(store.finding.member_probabilities) if store.finding is not None else []
    return (store.reading.model.name, members) if members else ("", [])


def _price(store: SessionState, asked: Sequence[ExplanationRequest], maps: Mapping[str, Explanation]) -> str:
    """How many maps are to be made, and how long that takes, by what those on screen took."""
    ensemble, members = _ensemble(store)
    known = _known(store)
    missing = [task for task in _tasks(store, asked) if task.key not in known]
    if not missing:
        return "All maps are there already."
    count = f"Makes {len(missing)} {'map' if len(missing) == 1 else 'maps'}"
    if any(reading_by(store, task.network) is not store.reading for task in missing):
        # A network of another size takes another time.
        return f"{count}."
    taken = {task.method: maps[task.key].seconds for task in asked}
    # All networks together answer by asking each of them.

    def cost(task: ExplanationRequest) -> int:
        return len(members) if task.network.removesuffix(SUFFIX) == ensemble else 1

    seconds = sum(taken[task.method] * cost(task) / cost(asked[0]) for task in missing)
    return f"{count}, about {max(seconds, 1):.0f} s."


def _known(store: SessionState) -> dict[str, Explanation]:
    """Every map that the session has, by key."""
    known: dict[str, Explanation] = {}
    for key, job in store.jobs.items():
        if job.state is State.DONE and key.startswith("explain-"):
            known[key] = job.result
        elif job.state is State.DONE and key.startswith(PREFIX):
            known |= job.result.maps
    return known


class _Named(Part):
    """Progress of a part whose words say which network is asked."""

    def __init__(self, whole: Progress, start: float, length: float, name: str) -> None:
        super().__init__(whole, start, length)
        self._name = name

    def __call__(self, done: float, what: str = "") -> None:
        """Passes on how far the whole work is, and for which network."""
        super().__call__(done, f"{self._name}, {what}" if what else "")


def _method(one: MethodAcrossModels, found: CrossModelAgreement, image: DiscImage, *, common: bool) -> None:
    """One sentence, a picture per network, and how alike they are."""
    st.markdown(one.sentence)
    names = [network.name for network in found.networks]
    pictures, figures = st.columns(2, gap="medium")
    with pictures:
        scales = scale_by_peak(one.explanations)
        if common:
            scales = (max(scales),) * len(scales)
        for column, each, scale in zip(st.columns(len(scales)), one.explanations, scales, strict=True):
            label = network_label(each.model.name)
            column.image(
                Image.fromarray(overlay_on_crop(image.pixels, each.attribution, scale, signed=each.signed)),
                width="stretch",
                caption=f"{label}: {found.probability(each.model):.0%}",
                alt=f"{label_of(one.method)} of {each.target.label()}, {label}",
            )
        with st.expander("Structural similarity and sign agreement"):
            matrix(one.agreements, names, network_label, SIMILARITY)
            st.caption(CAPTIONS[SIMILARITY])
    with figures:
        matrix(one.agreements, names, network_label, RANKS)
