"""The kinds of explanation on Explain. A new one is one file with its ``show`` and one entry of ``KINDS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pages.components.explain.by_inputs import show_inputs
from pages.components.explain.by_measurements import show_measurements
from pages.components.explain.maps import show_maps
from pages.components.explain.similar_discs import show_similar
from pages.components.explain.what_if import show_what_if
from pages.components.segments import segments
from pages.components.session.state import SessionState
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.study.types import Study


@dataclass(frozen=True)
class Kind:
    """One kind of explanation. ``show``: draws it for a target on a disc's image. ``answers``: for the help text."""

    label: str
    answers: str
    show: Callable[[SessionState, Study, DiscImage, Target], None]


KINDS = {
    "maps": Kind("Maps", "which pixels the score depends on", show_maps),
    "measurements": Kind(
        "Measurements", "whether what can be measured of the disc leads to the same grade", show_measurements
    ),
    "inputs": Kind("Slices and sequences", "which slice and which weighting decided", show_inputs),
    "similar": Kind("Similar discs", "which discs of other patients look alike to the network", show_similar),
    "what-if": Kind("What-if", "what has to change in the disc for another answer", show_what_if),
}


def ask_kind() -> Kind:
    """The kind that the reader chooses; no question where there is only one."""
    if len(KINDS) == 1:
        return next(iter(KINDS.values()))
    chosen = segments(
        "Kind of explanation", list(KINDS), key="explanation-kind",
        persist_state="session", format_func=lambda name: KINDS[name].label, label_visibility="collapsed",
        help="\n".join(f"- **{kind.label}**: {kind.answers}" for kind in KINDS.values()),
    )  # fmt: skip
    return KINDS[chosen]
