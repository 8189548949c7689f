"""A click outlasts what asks for another run of the page while its own run goes on."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from streamlit import config, runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.scriptrunner import RerunData, script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

from pages.components.streamlit_patches import click_runs
from pages.components.streamlit_patches.click_runs import ClickRequests, finish_click_runs
from tests.pages import gate
from tests.pages.sessions import ended, opened, shown_word

ROOT = Path(__file__).parents[2]

PAGE = """
import streamlit as st
from tests.pages import gate

def clicked():
    gate.hold()
    st.write("the callback draws")
    st.session_state.kept = True

gate.hold()
st.write("the page")
if st.button("Keep", key="in body"):
    st.session_state.kept = True
st.button("Keep too", key="in callback", on_click=clicked)
if st.button("Again", key="again"):
    st.session_state.kept = True
    st.rerun()
if st.session_state.get("kept"):
    st.write("kept")
"""


@pytest.fixture
def fast() -> Iterator[Callable[[bool], None]]:
    """Sets ``runner.fastReruns``."""
    before = config.get_option("runner.fastReruns")
    yield lambda on: config.set_option("runner.fastReruns", on)
    config.set_option("runner.fastReruns", before)


@pytest.fixture
def page(tmp_path, monkeypatch) -> str:
    monkeypatch.setattr(runtime, "get_instance", MagicMock())
    path = tmp_path / "page.py"
    path.write_text(PAGE)
    return str(path)


def drawn(page: str, clicked: str) -> list[str]:
    """What is drawn where the button ``clicked`` was clicked, and a job ends while that run goes on."""

    async def run() -> list[str]:
        session = opened(page)
        await ended(session)
        session.flush_browser_queue()
        asked = ClientState()
        state = asked.widget_states.widgets.add()
        state.id = session._session_state._key_id_mapper.get_id_from_key(clicked)
        state.trigger_value = True
        gate.close()
        session.request_rerun(asked)
        assert gate.reached.wait(30)
        session.request_rerun(ClientState())
        gate.open_again()
        messages = await ended(session)
        session.shutdown()
        return [shown_word(message) for message in messages if message.WhichOneof("type") == "delta"]

    return [word for word in asyncio.run(run()) if word]


def test_runs_of_a_page_end_before_the_next_begins() -> None:
    assert tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["runner"]["fastReruns"] is False


@pytest.mark.parametrize("fast_reruns", [True, False])
@pytest.mark.parametrize("clicked", ["in body", "in callback"])
def test_streamlit_alone_loses_the_click(page, monkeypatch, fast, clicked, fast_reruns) -> None:
    fast(fast_reruns)
    monkeypatch.setattr(script_runner, "ScriptRequests", ScriptRequests)
    # Where this fails, Streamlit has mended it: take finish_click_runs out.
    assert "kept" not in drawn(page, clicked)


@pytest.mark.parametrize("clicked", ["in body", "in callback", "again"])
def test_a_click_counts_though_a_job_ends_meanwhile(page, monkeypatch, fast, clicked) -> None:
    fast(False)
    monkeypatch.setattr(script_runner, "ScriptRequests", ScriptRequests)
    finish_click_runs()
    finish_click_runs()
    assert drawn(page, clicked)[-2:] == ["the page", "kept"], "the job's end draws the page, too"


def test_a_run_without_a_click_gives_way_at_once() -> None:
    requests = ClickRequests()
    requests.request_rerun(RerunData())
    requests.on_scriptrunner_ready()
    assert requests.on_scriptrunner_yield() is None
    requests._script = None  # The browser asks, from another thread.
    requests.request_rerun(RerunData(page_script_hash="explain"))
    asked = requests.on_scriptrunner_yield()
    assert asked is not None
    assert asked.rerun_data.page_script_hash == "explain"


@pytest.mark.parametrize("waits", ["explain", None])
def test_a_click_that_runs_the_page_again_does_not_turn_back_a_reader_who_has_left(
    monkeypatch, waits
) -> None:
    monkeypatch.setattr(click_runs, "get_script_run_ctx", lambda: MagicMock(page_script_hash="read"))
    requests = ClickRequests()
    clicked = ClientState()
    clicked.widget_states.widgets.add(id="keep", trigger_value=True)
    requests.request_rerun(RerunData(page_script_hash="read", widget_states=clicked.widget_states))
    requests.on_scriptrunner_ready()
    script, requests._script = requests._script, None
    if waits is not None:
        requests.request_rerun(RerunData(page_script_hash=waits))
    assert requests.on_scriptrunner_yield() is None
    requests._script = script
    requests.request_rerun(RerunData(page_script_hash="read"))
    asked = requests.on_scriptrunner_yield()
    assert asked is not None
    assert asked.rerun_data.page_script_hash == (waits or "read")


def test_what_a_component_says_just_after_the_page_was_turned_does_not_turn_it_back() -> None:
    requests = ClickRequests()
    requests.request_rerun(RerunData(page_script_hash="study"))
    requests.on_scriptrunner_ready()
    requests._script = None  # The browser asks, from another thread.
    requests.request_rerun(RerunData(page_script_hash="read", query_string="level=L4-L5"))
    said = ClientState()
    said.widget_states.widgets.add(id="tab", json_value="{}")
    # The browser still shows the page before.
    requests.request_rerun(RerunData(page_script_hash="study", widget_states=said.widget_states))
    asked = requests.on_scriptrunner_yield()
    assert asked is not None
    assert (asked.rerun_data.page_script_hash, asked.rerun_data.query_string) == ("read", "level=L4-L5")
    assert [one.id for one in asked.rerun_data.widget_states.widgets] == ["tab"]


def test_a_session_that_ends_stops_a_run_with_a_click() -> None:
    requests = ClickRequests()
    clicked = ClientState()
    clicked.widget_states.widgets.add(id="keep", trigger_value=True)
    requests.request_rerun(RerunData(widget_states=clicked.widget_states))
    requests.on_scriptrunner_ready()
    requests.request_stop()
    asked = requests.on_scriptrunner_yield()
    assert asked is not None
    assert asked.type is ScriptRequestType.STOP
