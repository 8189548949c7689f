"""Keeps what browser and server tell each other from being lost: four races of Streamlit 1.67, each with a test that
says what Streamlit alone does.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary, WeakSet

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import _has_active_trigger_value

ANSWER = "file_urls_response"

LATE = 10.0
"""Seconds after which no message of a page that was left is on its way any more."""


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


def keep_last_words() -> None:
    """From now on a run of the page that has ended is heard to its end. More calls change nothing.

    A run tells the session what it draws through the event loop. Where it has ended, but the loop is behind, and the
    next request is a fragment's (a progress bar that looks at its job), Streamlit makes a new runner at once and
    ignores what the loop still holds of the one before (`sender is not self._scriptrunner`): the end of the page, and
    the timers of its progress bars, so that the page stands still for ever. Here the new runner waits its turn in the
    loop. All that the one before had to say is in the loop by then: it refuses requests only after its last word.
    """
    plain = AppSession._create_scriptrunner
    if hasattr(plain, "__wrapped__"):
        return
    of_fragments: WeakSet[ScriptRunner] = WeakSet()

    def make(session: AppSession, asked: RerunData) -> None:
        plain(session, asked)
        if asked.fragment_id is not None:
            of_fragments.add(session._scriptrunner)

    @functools.wraps(plain)
    def create(self: AppSession, initial_rerun_data: RerunData) -> None:
        ended = self._scriptrunner

        def in_turn() -> None:
            if self._state == AppSessionState.SHUTDOWN_REQUESTED:
                return
            runner = self._scriptrunner
            if runner is None or runner is ended:
                make(self, initial_rerun_data)
            elif runner in of_fragments and not runner.request_rerun(initial_rerun_data):
                create(self, initial_rerun_data)
            # Any other runner draws the whole page anew, perhaps another page, to which the fragment is unknown.

        if ended is None:
            make(self, initial_rerun_data)
        else:
            self._call_soon_on_event_loop(in_turn)

    AppSession._create_scriptrunner = create


def keep_clicks() -> None:
    """From now on a click on the page draws the page, whatever came with it. More calls change nothing.

    A browser sends what is clicked or answered in one moment in one message, as a request of the fragment that was
    among them (``scheduleFlush`` of ``WidgetStateManager``). Then that fragment alone is drawn, and a click elsewhere
    is taken over but not shown, or lost. Here the viewer is a fragment, which answers on its own when slices turn.
    """
    plain = AppSession.request_rerun
    if getattr(plain, "keeps_clicks", False):
        return

    @functools.wraps(plain)
    def request(self: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and _clicked_elsewhere(self, client_state):
            client_state.ClearField("fragment_id")
        plain(self, client_state)

    request.keeps_clicks = True  # type: ignore[attr-defined]
    AppSession.request_rerun = request


def _clicked_elsewhere(session: AppSession, asked: ClientState) -> bool:
    """Whether a fragment asks, and something that is not of it was clicked. A timer sends no clicks of its own."""
    if not asked.fragment_id or asked.is_auto_rerun:
        return False
    clicked = (state.id for state in asked.widget_states.widgets if _has_active_trigger_value(state))
    known = (session._session_state.get_widget_metadata(name) for name in clicked)
    return any(widget is not None and widget.fragment_id != asked.fragment_id for widget in known)


def keep_navigation() -> None:
    """From now on a click on the navigation turns to its page, whatever comes behind it. More calls change nothing.

    Streamlit draws the page that the latest message names. What the old page tells before the browser has heard of the
    new one (the viewer whose slices turn, a progress bar whose job has ended) names the old one, which is then drawn
    again, and the click is lost. A click on the navigation brings no trigger along; what a page tells does.
    """
    plain = AppSession.request_rerun
    if getattr(plain, "keeps_navigation", False):
        return
    turns: WeakKeyDictionary[AppSession, _Turn] = WeakKeyDictionary()

    @functools.wraps(plain)
    def request(self: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None:
            turn = turns.get(self)
            if not _told_by_page(client_state):
                turns[self] = _Turn(
                    self._client_state.page_script_hash,
                    client_state.page_script_hash,
                    client_state.query_string,
                    time.monotonic(),
                )
            elif turn is not None and turn.overtakes(client_state):
                client_state.page_script_hash, client_state.query_string = turn.entered, turn.query
                client_state.ClearField("fragment_id")
        plain(self, client_state)

    request.keeps_navigation = True  # type: ignore[attr-defined]
    AppSession.request_rerun = request


@dataclass(frozen=True)
class _Turn:
    """The page that was left, the one that was entered with its query, and when."""

    left: str
    entered: str
    query: str
    when: float

    def overtakes(self, told: ClientState) -> bool:
        """Whether a message is of the page that was left, and can be from before the browser knew it."""
        recent = time.monotonic() - self.when < LATE
        return recent and self.left != self.entered and told.page_script_hash == self.left


def _told_by_page(asked: ClientState) -> bool:
    """Whether a fragment or a trigger of a widget asks, and not the navigation."""
    return bool(asked.fragment_id) or any(map(_has_active_trigger_value, asked.widget_states.widgets))
