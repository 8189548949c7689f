"""What a search for similar discs found: a card per disc with its picture or map, grade and distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from pages.components.explain.similar_jobs import OWN, Found, Search
from spine_core.evaluation.datasets import DATASETS
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import colour_bar, overlay_on_crop, scale_by_peak
from spine_core.grading.types import DiscImage
from spine_core.networks.conditions import Condition, Scale
from spine_core.retrieval.similar import SHOWN
from spine_core.retrieval.types import GradeSource, Neighbour, Place, SimilarDiscs

SIDE = 320
"""Pixels of each picture as sent to the browser."""

SOURCES = {one.name: one.label for one in DATASETS}
GIVEN_BY = {
    GradeSource.LABEL: "label of",
    GradeSource.REFERENCE: "reference grade in",
    GradeSource.READER: "reader's grade in",
    GradeSource.NETWORK: "reported by the network in",
}
DISTANCE_HELP = (
    "1 minus the cosine of the features of the two discs. The percentile places that distance among those at which the "
    "discs of the index have their own nearest disc of another patient. Beyond the 95th, no case is close."
)
NO_PICTURES = (
    "Pictures of these discs are not part of SpineLens. They are shown where `SPINELENS_DATA` names a folder with the "
    "published images; levels, grades and distances stand without them."
)


@dataclass(frozen=True, eq=False)
class Cards:
    """``maps``: by row, ``OWN`` for the disc itself. ``names``: titles of the library's cases by their id. ``scale``:
    relevance of full colour on every map.
    """

    search: Search
    found: Found
    maps: Mapping[int, Explanation]
    place: Place
    names: Mapping[str, str]
    scale: float

    @property
    def condition(self) -> Condition:
        """The condition that was asked about."""
        return self.search.finding.definition


def show_found(
    search: Search, found: Found, maps: Mapping[int, Explanation], place: Place, names: Mapping[str, str]
) -> None:
    """The disc and its neighbours side by side; below, the nearest ones a grade lower and higher."""
    similar = found.similar
    scale = max(scale_by_peak(list(maps.values())), default=0.0)
    cards = Cards(search, found, maps, place, names, scale)
    _notes(cards)
    if not similar.neighbours:
        st.info(_nothing(similar, place))
    else:
        columns = st.columns(1 + SHOWN, gap="small")
        with columns[0]:
            _own(cards)
        for column, neighbour in zip(columns[1:], similar.neighbours, strict=False):
            with column:
                _card(cards, neighbour, f"near-{neighbour.disc.row}")
    if maps and similar.neighbours:
        _legend(cards, next(iter(maps.values())))
    _other_grades(cards)


def _notes(cards: Cards) -> None:
    similar, found = cards.found.similar, cards.found
    if similar.close is False:
        st.warning(
            "No close case: the nearest disc is farther away than 95 % of the discs of the index are from theirs. What "
            "is shown is merely the least unlike.",
            icon=":material/social_distance:",
        )
    notes = [
        f"Compared with {similar.candidates} discs of {similar.patients} other patients that were seen on the same "
        "weightings and graded for this condition."
    ]
    if similar.close is None and similar.neighbours:
        notes.append("Too few discs to say which distance is close.")
    if similar.known_patient:
        notes.append("This disc is in the index itself; its patient was left out.")
    if found.unreadable:
        notes.append(f"{found.unreadable} cases could not be opened.")
    if found.synthetic:
        notes.append(f"{found.synthetic} synthetic cases were left out.")
    if cards.place is Place.RELEASED and similar.neighbours and not found.images:
        notes.append(NO_PICTURES)
    st.caption(" ".join(notes), help=DISTANCE_HELP)


def _nothing(similar: SimilarDiscs, place: Place) -> str:
    if place is Place.LIBRARY:
        return (
            "No disc of another patient in your library meets these filters, was graded for this condition and has the "
            "same weightings. Keep more cases on the page Library."
        )
    return (
        "No disc of the index meets these filters, was graded for this condition and has the same weightings."
    )


def _own(cards: Cards) -> None:
    with st.container(border=True, key="similar-own"):
        _picture(cards, cards.search.image, cards.maps.get(OWN), "This disc")
        st.markdown(f"**{_grade(cards.condition, cards.search.finding.grade)}**")
        st.caption(f"This disc, {cards.search.image.level}, reported by the network")


def _card(cards: Cards, neighbour: Neighbour, key: str) -> None:
    disc, name = neighbour.disc, cards.condition.name
    with st.container(border=True, key=f"similar-{key}"):
        grade = _grade(cards.condition, disc.grades.get(name))
        image = cards.found.images.get(disc.row)
        if image is not None:
            _picture(cards, image, cards.maps.get(disc.row), f"{disc.level}, {grade}")
        st.markdown(f"**{grade}**")
        far = "" if neighbour.percentile is None else f", percentile {neighbour.percentile:.0f}"
        st.caption(
            f"{disc.level}, {GIVEN_BY[disc.graded_by[name]]} {_source(cards, neighbour)}  \n"
            f"Distance {neighbour.distance:.2f}{far}"
        )


def _source(cards: Cards, neighbour: Neighbour) -> str:
    disc = neighbour.disc
    if disc.case_id:
        return f"“{cards.names.get(disc.case_id, disc.case_id[:8])}”"
    return f"{SOURCES.get(disc.source, disc.source)}, patient {disc.patient}"


def _grade(condition: Condition, grade: str | None) -> str:
    if grade is None:
        return "not graded"
    words = dict(zip(condition.grades, condition.grade_labels, strict=True)).get(grade, grade)
    return f"{condition.label} {words}"


def _picture(cards: Cards, image: DiscImage, found: Explanation | None, words: str) -> None:
    relevance = np.zeros(image.pixels.shape[1:], np.float32) if found is None else found.attribution
    drawn = overlay_on_crop(image.pixels, relevance, cards.scale, signed=found is not None and found.signed)
    st.image(
        Image.fromarray(drawn).resize((SIDE, SIDE), Image.Resampling.BICUBIC), width="stretch", alt=words
    )


def _legend(cards: Cards, one: Explanation) -> None:
    bar, words = st.columns([1, 4], gap="medium", vertical_alignment="center")
    bar.image(
        colour_bar(1.0, signed=one.signed).repeat(10, axis=0), width="stretch", alt="Colour scale of the maps"
    )
    words.caption(
        f"Grad-CAM of {cards.search.target.label()} on every disc in one scale: from none to the strongest relevance "
        "among these discs; little or none is drawn as none. Compare which structure is marked, not the position."
    )


def _other_grades(cards: Cards) -> None:
    condition, similar = cards.condition, cards.found.similar
    grade = cards.search.finding.grade
    if condition.scale is Scale.CATEGORICAL or grade is None or not similar.candidates:
        return
    number = condition.grades.index(grade)
    st.markdown(
        "**What would another grade look like?**", help="The nearest disc of another patient with that grade."
    )
    columns = st.columns(1 + SHOWN, gap="small")
    steps = ((number - 1, "lower", similar.lower), (number + 1, "higher", similar.higher))
    possible = [(step, words, one) for step, words, one in steps if 0 <= step < len(condition.grades)]
    for column, (step, words, neighbour) in zip(columns, possible, strict=False):
        with column:
            st.caption(f"One grade {words}" if len(condition.grades) > 2 else "The other grade")
            if neighbour is None:
                st.caption(f"No disc with {_grade(condition, condition.grades[step])} among those compared.")
            else:
                _card(cards, neighbour, words)
