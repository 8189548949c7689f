"""Which tab of the browser a page is shown in: two tabs share all cookies, and a reload must find its own session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.component_events import listen
from pages.components.session.registry import name_of
from spine_core.assets import ASSETS

DEMONSTRATION, STUDY = "demonstration", "study"
"""What a tab remembers that it had open."""

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class TabState:
    """What a tab says of itself; from a browser, so none of it is trusted.

    ``token``: the one it was given, empty where it has none. ``open``: what it had open. ``alone``: no other document
    holds this token. ``duplicate``: another tab does, and this one has dropped it.
    """

    token: str = ""
    open: str = ""
    alone: bool = False
    duplicate: bool = False


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component("browser_tab", js=(ASSETS / "components" / "tab.js").read_text())


def _mount(data: dict[str, str]) -> Any:
    with st.container(key="tab"):
        return _component()(key="browser-tab", data=data, on_answer_change=listen)


def query_tab(nonce: str) -> TabState | None:
    """Asks the tab which one it is; None until it has answered this very question."""
    said = _mount({"ask": nonce}).answer
    if not isinstance(said, dict) or said.get("ask") != nonce:
        return None
    token, opened = str(said.get("token", "")), said.get("open")
    return TabState(
        token if TOKEN.fullmatch(token) else "",
        opened if opened in (DEMONSTRATION, STUDY) else "",
        said.get("alone") is True,
        said.get("duplicate") is True,
    )


def update_tab(token: str, opened: str) -> None:
    """Gives the tab its token and what it has open, both to be kept by the tab alone."""
    _mount({"token": token, "lock": name_of(token)[:32] if token else "", "open": opened})
