"""The reasons of a sheet that are no maps, under letters: text, bars and images as they were stored for all raters."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from pages.components.explain import signed_bars
from spine_core.audit.ratings.maps import AuditedMap, read_reason
from spine_core.audit.ratings.protocol import is_reason
from spine_core.audit.reasons.content import Chart, Picture, ReasonContent
from spine_core.library.store import Library

PICTURE = 180
"""Width of an image in pixels: six stand in one row."""


def shown_name(letter: str, method: str) -> str:
    """What a method is called on a sheet."""
    return f"{'Reason' if is_reason(method) else 'Map'} {letter}"


def maps_of(shown: Mapping[str, AuditedMap]) -> dict[str, AuditedMap]:
    """The maps among what a sheet shows, by letter."""
    return {letter: one for letter, one in shown.items() if not is_reason(one.method)}


def reasons(library: Library, shown: Mapping[str, AuditedMap]) -> None:
    """A frame for each reason that is no map. Raises ``LibraryError`` where one is missing or was changed."""
    for letter, one in shown.items():
        if is_reason(one.method):
            with st.container(border=True, key=f"reason-{letter}"):
                st.markdown(f"**{shown_name(letter, one.method)}**")
                _content(letter, read_reason(library, one))


def _content(letter: str, found: ReasonContent) -> None:
    charts = found.charts
    columns = st.columns([6, 5], gap="medium") if charts else [st.container()]
    with columns[-1]:
        _sentences(found.sentences)
    with columns[0]:
        for number, chart in enumerate(charts):
            _chart(f"reason-{letter}-{number}", chart)
    if found.pictures:
        _pictures(found.pictures)
    st.caption(found.note)


def _sentences(sentences: tuple[str, ...]) -> None:
    """A list of one point would be no list."""
    if len(sentences) == 1:
        st.html(f"<p>{escape(sentences[0])}</p>")
        return
    lines = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    st.html(f'<ul class="sl-reasons">{lines}</ul>')


def _chart(key: str, chart: Chart) -> None:
    bars = [signed_bars.Bar(one.label, one.value, one.margin, one.muted) for one in chart.bars]
    st.markdown(f"**{chart.title}**")
    figure = signed_bars.signed_bars(bars, chart.axis, chart.line)
    alt = signed_bars.alternative_text(chart.title.rstrip("?"), bars)
    st.plotly_chart(figure, width="stretch", key=key, alt=alt, config={"displayModeBar": False})


def _pictures(pictures: tuple[Picture, ...]) -> None:
    with st.container(horizontal=True, gap="small"):
        for one in pictures:
            st.image(one.png, caption=one.caption, width=PICTURE, alt=one.caption)
