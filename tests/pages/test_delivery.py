"""What Streamlit and a browser tell each other: the answer to an upload, the end of a page while its loop is behind,
a click beside a fragment that answers, a click on the navigation before one does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import MagicMock

import pytest
from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.components.streamlit_patches import navigation
from pages.components.streamlit_patches.clicks import keep_clicks
from pages.components.streamlit_patches.last_words import keep_last_words
from pages.components.streamlit_patches.navigation import keep_navigation
from pages.components.streamlit_patches.upload_answers import keep_upload_answers
from tests.pages.sessions import ended, opened, shown_word

PAGE = """
import streamlit as st

@st.fragment(run_every=60)
def bar():
    st.write("half of the work")

bar()
st.write("the end of the page")
"""


@contextmanager
def unmended(owner: type, name: str) -> Iterator[Callable[..., None]]:
    """Streamlit's own method; what stood in its place is there again afterwards."""
    mended = getattr(owner, name)
    own = getattr(mended, "__wrapped__", mended)
    setattr(owner, name, own)
    yield own
    setattr(owner, name, mended)


@pytest.fixture
def plain() -> Iterator[Callable[..., None]]:
    """Streamlit's own way to clear its queue."""
    with unmended(ForwardMsgQueue, "clear") as own:
        yield own


def waiting() -> ForwardMsgQueue:
    queue = ForwardMsgQueue()
    started, said, answer = ForwardMsg(), ForwardMsg(), ForwardMsg()
    started.session_status_changed.run_on_save = False
    said.delta.new_element.text.body = "of the run before"
    answer.file_urls_response.response_id = "upload"
    for message in (started, said, answer):
        queue.enqueue(message)
    return queue


def kinds(queue: ForwardMsgQueue) -> list[str]:
    return [message.WhichOneof("type") for message in queue.flush()]


def test_streamlit_alone_loses_the_answer(plain) -> None:
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True)
    # Where this fails, Streamlit has mended it: take keep_upload_answers out.
    assert kinds(queue) == ["session_status_changed"]


def test_the_answer_outlasts_a_run_of_the_page_and_is_sent_once(plain) -> None:
    keep_upload_answers()
    keep_upload_answers()
    assert ForwardMsgQueue.clear.__wrapped__ is plain
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["a"])
    assert kinds(queue) == ["session_status_changed", "file_urls_response"]
    assert kinds(queue) == []


def test_a_queue_that_is_emptied_for_good_is_empty(plain) -> None:
    keep_upload_answers()
    queue = waiting()
    queue.clear()
    assert kinds(queue) == []


@pytest.fixture
def plain_runner(monkeypatch) -> Iterator[Callable[..., None]]:
    """Streamlit's own way to make a runner; no server runs."""
    monkeypatch.setattr(runtime, "get_instance", MagicMock())
    with unmended(AppSession, "_create_scriptrunner") as own:
        yield own


def told(page: str, requests: int, whole: bool = False) -> list[str]:
    """What a browser is told of a run of ``page``, where ``requests`` of its bar come before the loop has moved on.

    ``whole``: a request for the whole page comes as well, after those.
    """

    async def run() -> list[str]:
        session = opened(page)
        # Not awaited: the loop stands still until the run has ended, as on a busy server.
        session._scriptrunner._script_thread.join(30)
        (bar,) = session._fragment_storage._fragments
        for _ in range(requests):
            session.request_rerun(ClientState(fragment_id=bar, is_auto_rerun=True))
        if whole:
            session.request_rerun(ClientState())
        messages = await ended(session)
        session.shutdown()
        return [shown_word(message) for message in messages]

    return [word for word in asyncio.run(run()) if word]


@pytest.fixture
def page(tmp_path) -> str:
    path = tmp_path / "page.py"
    path.write_text(PAGE)
    return str(path)


def test_streamlit_alone_forgets_the_end_of_a_page_and_its_timers(plain_runner, page) -> None:
    # Where this fails, Streamlit has mended it: take keep_last_words out.
    assert told(page, requests=1) == ["half of the work", "script_finished"]


@pytest.mark.parametrize("requests", [1, 3])
def test_a_page_is_heard_to_its_end_though_a_bar_asks_early(plain_runner, page, requests) -> None:
    keep_last_words()
    keep_last_words()
    assert AppSession._create_scriptrunner.__wrapped__ is plain_runner
    whole = {"auto_rerun", "half of the work", "the end of the page", "script_finished"}
    heard = told(page, requests)
    assert set(heard) == whole
    assert heard.count("script_finished") >= 2, "the bar's own run is lost"
    assert heard.count("the end of the page") == 1


def test_a_bar_that_waits_its_turn_gives_way_to_the_whole_page(plain_runner, page) -> None:
    """It may be another page, which a fragment of the one before would wipe."""
    keep_last_words()
    heard = told(page, 2, whole=True)
    assert heard[-1] == "script_finished"
    # How much of the runs before is heard depends on when the queue is looked at; what is drawn last does not.
    ends = [index for index, word in enumerate(heard) if word == "the end of the page"]
    bars = [index for index, word in enumerate(heard) if word == "half of the work"]
    assert ends[-1] > max(bars[-1], heard.index("script_finished")), "drawn anew, after the bar"


def test_two_requests_for_the_page_behind_its_end_are_both_heard(plain_runner, clicks) -> None:
    keep_last_words()

    async def run() -> list[str]:
        session = opened(clicks)
        session._scriptrunner._script_thread.join(30)
        session.request_rerun(ClientState())
        clicked = ClientState()
        clicked.widget_states.widgets.add(
            id=session._session_state._key_id_mapper.get_id_from_key("beside"), trigger_value=True
        )
        session.request_rerun(clicked)
        messages = await ended(session)
        session.shutdown()
        return [shown_word(message) for message in messages]

    assert "whole True" in asyncio.run(run())


CLICKED = """
import streamlit as st

@st.fragment
def part():
    st.write(f"part {st.button('Within', key='within')}")

part()
st.write(f"whole {st.button('Beside', key='beside')}")
"""


@pytest.fixture
def plain_request(monkeypatch) -> Iterator[Callable[..., None]]:
    """Streamlit's own way to take a request; no server runs."""
    monkeypatch.setattr(runtime, "get_instance", MagicMock())
    with unmended(AppSession, "request_rerun") as own:
        yield own


def drawn(page: str, clicked: str, *, timer: bool = False) -> list[str]:
    """What is drawn where the fragment of ``page`` asks and the button ``clicked`` is in its message."""

    async def run() -> list[str]:
        session = opened(page)
        await ended(session)
        session.flush_browser_queue()
        (part,) = session._fragment_storage._fragments
        asked = ClientState(fragment_id=part, is_auto_rerun=timer)
        state = asked.widget_states.widgets.add()
        state.id = session._session_state._key_id_mapper.get_id_from_key(clicked)
        state.trigger_value = True
        session.request_rerun(asked)
        messages = await ended(session)
        session.shutdown()
        return [shown_word(message) for message in messages if message.WhichOneof("type") == "delta"]

    return [word for word in asyncio.run(run()) if word]


@pytest.fixture
def clicks(tmp_path) -> str:
    path = tmp_path / "clicks.py"
    path.write_text(CLICKED)
    return str(path)


def test_streamlit_alone_draws_a_fragment_where_the_page_was_clicked(plain_request, clicks) -> None:
    assert drawn(clicks, "beside") == ["part False"]


def test_a_click_on_the_page_draws_the_page_though_a_fragment_asks(plain_request, clicks) -> None:
    keep_clicks()
    keep_clicks()
    assert AppSession.request_rerun.__wrapped__ is plain_request
    assert drawn(clicks, "beside") == ["part False", "whole True"]
    assert drawn(clicks, "within") == ["part True"], "a fragment's own click is its own"
    assert drawn(clicks, "beside", timer=True) == ["part False"], "the click comes again, by itself"


def turned(*, told: str, by: str, again: bool = False) -> list[str]:
    """Pages that Streamlit is asked to draw: the reader turns from "read" to "explain", then ``told`` says something.

    ``by``: "trigger" or "fragment"; ``again``: the reader turns back to "read" as well.
    """
    drawn: list[tuple[str, str]] = []
    session = MagicMock()
    session._client_state.page_script_hash = "read"

    def plain(self, asked: ClientState) -> None:
        drawn.append((asked.page_script_hash, asked.fragment_id))

    owner = type("Owner", (), {"request_rerun": plain})
    request = mended_navigation(owner)
    request(session, ClientState(page_script_hash="explain", query_string="level=L4-L5"))
    late = ClientState(page_script_hash=told, fragment_id="viewer" if by == "fragment" else "")
    if by == "trigger":
        late.widget_states.widgets.add(id="bar", trigger_value=True)
    request(session, late)
    if again:
        session._client_state.page_script_hash = "explain"
        request(session, ClientState(page_script_hash="read"))
    return [page if not fragment else f"{page}, fragment" for page, fragment in drawn]


def mended_navigation(owner: type) -> Callable[..., None]:
    """The method as ``keep_navigation`` makes it of that of ``owner``."""
    own = AppSession.request_rerun
    AppSession.request_rerun = owner.request_rerun
    try:
        keep_navigation()
        keep_navigation()
        return AppSession.request_rerun
    finally:
        AppSession.request_rerun = own


@pytest.mark.parametrize("by", ["trigger", "fragment"])
def test_a_turn_of_the_page_outlasts_what_the_old_page_tells(by) -> None:
    # Streamlit draws the page that the latest message names.
    assert turned(told="read", by=by) == ["explain", "explain"]


def test_what_the_new_page_tells_is_its_own_and_turning_back_counts() -> None:
    assert turned(told="explain", by="fragment") == ["explain", "explain, fragment"]
    assert turned(told="read", by="trigger", again=True) == ["explain", "explain", "read"]
    assert turned(told="elsewhere", by="fragment") == ["explain", "elsewhere, fragment"]


def test_a_page_that_was_left_long_ago_tells_for_itself(monkeypatch) -> None:
    moments = iter([0.0, 11.0, 11.0])
    monkeypatch.setattr(navigation.time, "monotonic", lambda: next(moments))
    assert turned(told="read", by="trigger") == ["explain", "read"]
