"""One acquisition as a card: thumbnail, what it is, its quality, its header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import chain

import streamlit as st

from pages.components import layout, study_jobs
from pages.components.series_names import distinct_names, series_name, weighting_of
from pages.components.session.state import SessionState
from pages.components.slices import square
from spine_core.grading.series_selection import candidates
from spine_core.grading.types import Reading
from spine_core.study.examinations import examination_number
from spine_core.study.intensity.window import to_grey
from spine_core.study.quality import QualityRow, coverage, quality_card
from spine_core.study.types import Patient, Series, Severity, Study, Weighting

THUMBNAIL = 150


def acquisition_card(store: SessionState, study: Study, stacks: Sequence[Series]) -> None:
    """Thumbnail, facts, quality and notes of one acquisition, and a way to look at each of its stacks."""
    names = distinct_names(study, store.reading)
    first, middle = stacks[0], stacks[len(stacks) // 2]
    name = names[first.uid] if len(stacks) == 1 else series_name(first, store.reading)
    with st.container(border=True):
        thumbnail, facts, quality = st.columns([2, 5, 8], gap="medium")
        with thumbnail:
            grey = to_grey(middle, middle.slices // 2)
            st.image(square(grey, middle.row_to_column_spacing, THUMBNAIL), alt=f"{name}, middle slice")
        with facts:
            st.markdown(f"### {name}")
            st.html(_list(_facts(stacks, store.reading) | _examination(study, first)))
            with st.container(horizontal=True):
                for series in stacks:
                    label = "View series" if len(stacks) == 1 else names[series.uid].removeprefix(f"{name}, ")
                    _view(study, series, label)
                    _read_instead(store, study, series)
                with st.popover(_header_label(first), icon=":material/list:"):
                    st.html(_list(first.header) if first.header else "This series has no header.")
        with quality:
            st.html(_quality(_acquisition_quality(store, stacks)))
            for reason in dict.fromkeys(series.not_gradable for series in stacks if series.not_gradable):
                st.caption(f"Shown, not graded: {reason}.")
            for note in dict.fromkeys(note for series in stacks for note in series.notes):
                _note(note.severity, note.text)


def _view(study: Study, series: Series, label: str) -> None:
    number = {layout.ASKED_SERIES: str(study.series.index(series))}
    layout.link("read.py", label, ":material/visibility:", number)


def _read_instead(store: SessionState, study: Study, series: Series) -> None:
    if _could_be_read(store, study, series):
        st.button(
            "Read this series",
            key=f"read-{series.uid}",
            on_click=study_jobs.read_series,
            args=(store, series.uid),
            help="Detect and grade the discs of this series instead of the one that was chosen.",
        )


def _acquisition_quality(store: SessionState, stacks: Sequence[Series]) -> list[QualityRow]:
    rows = _merged([quality_card(series, _levels(store, series)) for series in stacks])
    if len(stacks) == 1:
        return rows
    return [coverage(stacks) if row.label == "Coverage" else row for row in rows]


def _merged(cards: Sequence[Sequence[QualityRow]]) -> list[QualityRow]:
    """One line per label for all stacks: the value once where they agree, else all, with the worst severity."""
    by_label: dict[str, list[QualityRow]] = {}
    for row in chain.from_iterable(cards):
        by_label.setdefault(row.label, []).append(row)
    return [
        replace(
            rows[0],
            value=", ".join(dict.fromkeys(row.value for row in rows)),
            severity=max((row.severity for row in rows), key=list(Severity).index),
        )
        for rows in by_label.values()
    ]


def _header_label(series: Series) -> str:
    """Other formats state theirs in the header."""
    return "File header" if not series.header or "Format" in series.header else "DICOM tags"


def patient_card(patient: Patient) -> None:
    """Header values that name a person, hidden until asked for."""
    if not st.toggle("Show patient data", key="show-patient"):
        return
    st.html(
        _list(
            {
                "Name": patient.name or "empty",
                "Patient ID": patient.patient_id or "empty",
                "Birth date": patient.birth_date or "empty",
                "Sex": patient.sex or "empty",
                "Study date": patient.study_date or "empty",
            }
        )
    )


def _levels(store: SessionState, series: Series) -> tuple[str, ...] | None:
    """Levels found in the series that places the discs; None for the others, whose coverage is judged by length."""
    discs = store.reading.discs if store.reading else ()
    return tuple(disc.level for disc in discs if disc.series_uid == series.uid) or None


def _note(severity: Severity, text: str) -> None:
    if severity is Severity.INFO:
        st.caption(text)
    else:
        (st.error if severity is Severity.ERROR else st.warning)(text)


def _facts(stacks: Sequence[Series], reading: Reading | None) -> dict[str, str]:
    first = stacks[0]
    weighting, reason = weighting_of(first, reading)
    facts = {
        "Description": first.description or "none",
        "Plane": str(first.plane),
        "Weighting": f"{_shown(weighting)} ({reason})" if reason else _shown(weighting),
    }
    if len(stacks) > 1:
        facts["Stacks"] = f"{len(stacks)}, {sum(one.slices for one in stacks)} slices in all"
    return facts


def _shown(weighting: str) -> str:
    return "neither T1 nor T2" if weighting == Weighting.OTHER.upper() else weighting


def _examination(study: Study, series: Series) -> dict[str, str]:
    """Number and date, where the files hold several examinations."""
    number, count = examination_number(study, series)
    if count == 1:
        return {}
    date = series.study_date
    dated = f", {date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 else ""
    return {"Examination": f"{number} of {count}{dated}"}


def _could_be_read(store: SessionState, study: Study, series: Series) -> bool:
    """True for a series that the networks may read and that the reading does not use."""
    if store.reading is None or series not in candidates(study):
        return False
    used = {
        channel.series_uid for image in store.reading.images.values() for channel in image.channels if channel
    }
    return series.uid not in used


def _quality(rows: Sequence[QualityRow]) -> str:
    lines = "".join(
        f'<dt title="{escape(row.help)}">{escape(row.label)}</dt><dd>{escape(row.value)}{_flag(row.severity)}</dd>'
        for row in rows
    )
    return f'<div class="sl-card"><dl class="two">{lines}</dl></div>'


def _flag(severity: Severity) -> str:
    return "" if severity is Severity.INFO else ' <span class="sl-flag">check</span>'


def _list(facts: Mapping[str, str]) -> str:
    lines = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in facts.items())
    return f'<div class="sl-card"><dl>{lines}</dl></div>'
