"""Results as files. Their names say what they are, never whose."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable

import streamlit as st

from pages.components.session.state import SessionState
from spine_core.comparison.reports.formats import FORMATS
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.grading.export import reading_csv, reading_json
from spine_core.grading.types import Reading


def reading_file(store: SessionState) -> str:
    """The reading as JSON, with what the reader measured (places in patient millimetres) and marked in the viewer."""
    assert store.study is not None
    assert store.reading is not None
    keys = store.key_images
    by_reader = {
        "key_images": [
            {"series_uid": k["series"], "slice_index": k["slice"], "note": k["note"]} for k in keys
        ],
        "viewer_measurements": store.measurements,
    }
    return json.dumps(reading_json(store.study, store.reading) | by_reader, indent=2)


def reading_downloads(store: SessionState, reading: Reading) -> None:
    """The reading as CSV and as JSON."""
    table_downloads(
        "spinelens-reading", lambda: reading_csv(reading), "One line per finding, for a spreadsheet.",
        lambda: reading_file(store),
        "Everything: positions, model, your key images and measurements. Holds the names of the files.",
    )  # fmt: skip


def table_downloads(
    name: str, csv: Callable[[], str], csv_help: str, json_text: Callable[[], str], json_help: str
) -> None:
    """The same thing as CSV and as JSON, made when the reader asks for it. ``name``: of both files."""
    with st.container(horizontal=True):
        st.download_button("CSV", csv, f"{name}.csv", "text/csv", icon=":material/download:", help=csv_help)
        st.download_button(
            "JSON", json_text, f"{name}.json", "application/json", icon=":material/download:", help=json_help
        )


def comparison_downloads(report: ComparisonReport) -> None:
    """A comparison in every format of ``FORMATS``."""
    with st.container(horizontal=True):
        for one in FORMATS:
            st.download_button(
                one.label, functools.partial(one.write, report), f"spinelens-comparison.{one.suffix}",
                one.media_type, icon=":material/download:", help=one.help,
            )  # fmt: skip
