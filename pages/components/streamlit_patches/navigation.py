"""A click on the navigation turns to its page, whatever comes behind it."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import _has_active_trigger_value

LATE = 10.0
"""Seconds after which no message of a page that was left is on its way any more."""


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
