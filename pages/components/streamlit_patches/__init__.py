"""Keeps what browser and server tell each other from being lost: five races of Streamlit 1.67, each with a test that
says what Streamlit alone does.
"""

from __future__ import annotations

from pages.components.streamlit_patches.click_runs import finish_click_runs
from pages.components.streamlit_patches.clicks import keep_clicks
from pages.components.streamlit_patches.last_words import keep_last_words
from pages.components.streamlit_patches.navigation import keep_navigation
from pages.components.streamlit_patches.upload_answers import keep_upload_answers


def patch_streamlit() -> None:
    """To be called before the app starts. More calls change nothing."""
    keep_upload_answers()
    keep_last_words()
    keep_clicks()
    keep_navigation()
    finish_click_runs()
