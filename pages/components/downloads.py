"""Results as files. Their names say what they are, never whose."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from pages.components.session.state import SessionState
from spine_core.comparison.cross_model import CrossModelAgreement
from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.reports.html import comparison_html
from spine_core.comparison.reports.json_csv import comparison_csv, comparison_json
from spine_core.comparison.types import Comparison, RepeatTests
from spine_core.explanation.base import Explanation
from spine_core.grading.export import reading_csv, reading_json
from spine_core.grading.types import DiscImage, Reading
from spine_core.study.types import Study


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
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: reading_csv(reading), "spinelens-reading.csv", "text/csv", icon=":material/download:",
            help="One line per finding, for a spreadsheet.",
        )  # fmt: skip
        st.download_button(
            "JSON", lambda: reading_file(store), "spinelens-reading.json",
            "application/json", icon=":material/download:",
            help="Everything: positions, model, your key images and measurements. Holds the names of the files.",
        )  # fmt: skip


def comparison_downloads(
    study: Study,
    found: Comparison,
    maps: Sequence[Explanation],
    image: DiscImage,
    checks: RepeatTests | None,
    robust: Robustness | None,
    across: CrossModelAgreement | None,
) -> None:
    """A comparison as CSV, JSON and a page."""
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: comparison_csv(found, checks, robust, across), "spinelens-comparison.csv", "text/csv",
            icon=":material/download:", help="One line per figure, for a spreadsheet.",
        )  # fmt: skip
        st.download_button(
            "JSON", lambda: json.dumps(comparison_json(study, found, checks, robust, across), indent=2),
            "spinelens-comparison.json", "application/json", icon=":material/download:",
            help="Everything, curves and settings included.",
        )  # fmt: skip
        st.download_button(
            "Page", lambda: comparison_html(study, found, maps, image, checks, robust, across),
            "spinelens-comparison.html", "text/html", icon=":material/download:",
            help="One page with maps, tables, curves and all settings, to keep or to send. Names no patient.",
        )  # fmt: skip
