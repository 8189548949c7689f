"""A run of the page that has ended is heard to its end."""

from __future__ import annotations

import functools
from weakref import WeakSet

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner


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
        asked_whole = initial_rerun_data.fragment_id is None

        def in_turn() -> None:
            if self._state == AppSessionState.SHUTDOWN_REQUESTED:
                return
            runner = self._scriptrunner
            if runner is None or runner is ended:
                make(self, initial_rerun_data)
            elif (asked_whole or runner in of_fragments) and not runner.request_rerun(initial_rerun_data):
                create(self, initial_rerun_data)
            # Any other runner draws the whole page anew, perhaps another page, to which the fragment is unknown.

        if ended is None:
            make(self, initial_rerun_data)
        else:
            self._call_soon_on_event_loop(in_turn)

    AppSession._create_scriptrunner = create
