"""Finds the session of the tab that a page is shown in: its own after a reload, an empty one in a new tab."""

from __future__ import annotations

import asyncio
import gc
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.components.session import no_study, tab, widget_state
from pages.components.session.registry import Refusal, Registry
from pages.components.session.state import Closed, SessionState, connection, new_store, this_browser
from pages.components.streamlit_patches.click_runs import turn_to
from spine_core.pacs.private_folder import delete_left_behind

TOKEN, NONCE, TURNED_TO = "tab-token", "tab-nonce", "tab-turned-to"

SWEEP = 10.0
"""Seconds between two looks at what nobody came back for."""

ENDING = 60.0
"""Seconds in which a job that was cancelled comes to its end and lets go of its study."""


def _has_browser(session_id: str) -> bool:
    return not runtime.exists() or runtime.get_instance().get_client(session_id) is not None


REGISTRY: Registry[SessionState] = Registry(connected=_has_browser)


def session() -> SessionState:
    """The store of this tab. Until the tab has said which one it is, shows nothing of any study and ends the run."""
    here, state = connection(), st.session_state
    if "store" in state and TOKEN in state:
        here.gone = partial(REGISTRY.leave, here)
        if state[TOKEN] and not REGISTRY.reconnect(this_browser(), state[TOKEN], here):
            # The browser was away for too long, or the tab goes on in another session.
            del state["store"], state[TOKEN]
    if "store" not in state:
        _claim()
    store: SessionState = state["store"]
    tab.update_tab(state.get(TOKEN, ""), _what_is_open(store))
    return store


def _claim() -> None:
    """Asks the tab, takes its session over and runs the page anew."""
    state = st.session_state
    if NONCE not in state:
        state[NONCE] = secrets.token_hex(8)
    answer, page = tab.query_tab(state[NONCE]), _page()
    if answer is None:
        state[TURNED_TO] = page
        no_study.waiting()
        st.stop()
    # The reader may have turned the page before the tab answered, from the page that it knew.
    turned_to = state.pop(TURNED_TO, page)
    store, token = _store_of(answer)
    # Streamlit may break a run off wherever it writes: until the store is there, the tab is asked again.
    state[TOKEN] = token
    widget_state.choose(store.choices)
    state["store"] = store
    del state[NONCE]
    if turned_to != page:
        turn_to(turned_to)
    st.rerun()


def _page() -> str:
    context = get_script_run_ctx()
    return "" if context is None else context.page_script_hash


def _store_of(answer: tab.TabState) -> tuple[SessionState, str]:
    """The store of the tab and its token; a new one where none is handed out."""
    here, browser = connection(), this_browser()
    here.gone = partial(REGISTRY.leave, here)
    found: SessionState | Refusal = Refusal.UNKNOWN
    if answer.token:
        found = REGISTRY.resume(browser, answer.token, here, take_over=answer.alone)
    if isinstance(found, SessionState):
        return found, answer.token
    store = new_store()
    store.duplicate = answer.duplicate or found is Refusal.IN_USE
    if answer.open and not store.duplicate:
        store.closed = Closed(answer.open == tab.DEMONSTRATION, found)
    return store, REGISTRY.begin(browser, store, here)


def _what_is_open(store: SessionState) -> str:
    """What the tab remembers that it had open. Nothing of the study itself: a browser may write it to its disk."""
    if store.study is not None:
        return tab.DEMONSTRATION if store.demonstration else tab.STUDY
    if store.pending is not None:
        return tab.DEMONSTRATION if store.pending.demonstration else tab.STUDY
    if store.closed is not None:
        return tab.DEMONSTRATION if store.closed.demonstration else tab.STUDY
    return ""


@asynccontextmanager
async def sweeping(app: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """While the server runs, frees what nobody came back for."""
    # Of a server that was killed: what it had fetched from archives.
    await asyncio.to_thread(delete_left_behind)
    task = asyncio.create_task(_sweep())
    try:
        yield None
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP)
        sweeper.sweep()


class Sweeper:
    """Frees what nobody came back for, and what its pages and jobs refer to."""

    def __init__(self) -> None:
        self._until = 0.0

    def sweep(self) -> None:
        """To be called every few seconds, on the server's event loop."""
        swept = REGISTRY.sweep()
        for session_id in swept.sessions:
            runtime.get_instance().close_session(session_id)
        if swept.freed:
            self._until = time.monotonic() + ENDING
        if time.monotonic() < self._until:
            gc.collect()


sweeper = Sweeper()
