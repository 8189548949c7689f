"""Answers to uploads outlast a run of the page."""

from __future__ import annotations

import functools

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

ANSWER = "file_urls_response"


def keep_upload_answers() -> None:
    """From now on answers to uploads outlast a run of the page. More calls change nothing.

    A browser that is given a file asks where to send it. Streamlit throws the answer away where the page is run anew
    before the answer has left (`ForwardMsgQueue.clear` in `_on_scriptrunner_event`), and the browser waits for ever.
    Here a page runs anew whenever a study has been opened or read, so a file chosen just then was lost without a word.
    """
    plain = ForwardMsgQueue.clear
    if hasattr(plain, "__wrapped__"):
        return

    @functools.wraps(plain)
    def clear(
        self: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        answers = [message for message in self._queue if message.WhichOneof("type") == ANSWER]
        plain(self, retain_lifecycle_msgs, fragment_ids_this_run)
        # Without this flag everything has just been sent.
        if retain_lifecycle_msgs:
            there = {id(message) for message in self._queue}
            self._queue += [message for message in answers if id(message) not in there]

    ForwardMsgQueue.clear = clear
