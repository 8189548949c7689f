"""Streamlit's queue of what it tells a browser, with an answer to an upload in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.shared.upload_answers import keep_upload_answers


@pytest.fixture
def plain() -> Iterator[Callable[..., None]]:
    """Streamlit's own way to clear its queue, which is there again after the test."""
    mended = ForwardMsgQueue.clear
    own = getattr(mended, "__wrapped__", mended)
    ForwardMsgQueue.clear = own
    yield own
    ForwardMsgQueue.clear = mended


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
    # Where this fails, Streamlit has mended it: take upload_answers out.
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
