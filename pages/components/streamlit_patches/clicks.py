"""A click on the page draws the page, whatever came with it."""

from __future__ import annotations

import functools

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import _has_active_trigger_value


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
