"""A run of the page that a click asked for is finished, whatever is asked for meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import NoReturn

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx, script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
    _has_active_trigger_value,
    _is_full_app_rerun,
)


def finish_click_runs() -> None:
    """From now on a run that carries a click is not broken off by another request. More calls change nothing.

    Streamlit breaks a run off wherever it draws, when the browser asks for another one, and forgets what was clicked:
    ``st.button`` that has not returned yet never returns true, and a callback that draws ends in its middle. Here the
    end of any job (a study has been read) asks for a run, so that a click just before it did nothing.

    Needs ``runner.fastReruns`` to be off, as in .streamlit/config.toml: with it every request stops the runner.
    """
    script_runner.ScriptRequests = ClickRequests  # type: ignore[misc]


class ClickRequests(ScriptRequests):
    """Requests of one runner, which hands them to its script's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._script: threading.Thread | None = None
        self._clicked = False
        """Whether the run that goes on was asked for by a click."""
        self._own = False
        """Whether the script has asked for a run since: ``st.rerun`` breaks it off as ever."""
        self._page = ""
        """Hash of the page of the run that goes on, or of the last one."""

    def request_rerun(self, new_data: RerunData) -> bool:
        """As Streamlit's; of the browser, or of the script itself."""
        if threading.current_thread() is not self._script:
            return super().request_rerun(self._of_the_turned_page(new_data))
        self._own = True
        if self._waiting_instead(new_data):
            return True
        return super().request_rerun(new_data)

    def request_rerun_batch(self, rerun_batch: list[RerunData]) -> bool:
        """As Streamlit's: what callbacks ask for."""
        self._own = True
        return super().request_rerun_batch(rerun_batch)

    def on_scriptrunner_yield(self) -> ScriptRequest | None:
        """As Streamlit's, but None where the run is to be finished."""
        if self._clicked and not self._own and self._state == ScriptRequestType.RERUN:
            return None
        return self._begins(super().on_scriptrunner_yield())

    def on_scriptrunner_ready(self) -> ScriptRequest:
        """As Streamlit's."""
        self._script = threading.current_thread()
        request = super().on_scriptrunner_ready()
        self._begins(request)
        return request

    def _waiting_instead(self, asked: RerunData) -> bool:
        """Whether a run of the whole page waits that draws what ``st.rerun`` asks for, too.

        It may be of another page, to which the reader has turned since; taking both together would turn back.
        """
        plain = (
            asked.widget_states is None and asked.replay_trigger_states is None and _is_full_app_rerun(asked)
        )
        context = get_script_run_ctx()
        same = context is not None and asked.page_script_hash == context.page_script_hash
        return plain and same and self._waiting() is not None

    def _of_the_turned_page(self, asked: RerunData) -> RerunData:
        """``asked`` with the address that the reader has turned to, where a run of it waits.

        The browser does not know yet that the page was turned when a component says something just after the click:
        Streamlit, which takes both requests together, would turn the page back.
        """
        turned = self._waiting()
        if turned is None or turned.page_script_hash == self._page:
            return asked
        if asked.fragment_id or asked.page_script_hash != self._page:
            return asked
        return replace(asked, page_script_hash=turned.page_script_hash, query_string=turned.query_string)

    def _waiting(self) -> RerunData | None:
        """The run of the whole page that waits, if any."""
        with self._lock:
            waits = self._state == ScriptRequestType.RERUN and _is_full_app_rerun(self._rerun_data)
            return self._rerun_data if waits else None

    def _begins(self, request: ScriptRequest | None) -> ScriptRequest | None:
        if request is not None and request.type == ScriptRequestType.RERUN:
            data = request.rerun_data
            self._own = False
            self._page = data.page_script_hash
            self._clicked = _has_click(data.widget_states) or _has_click(data.replay_trigger_states)
        return request


def turn_to(page_script_hash: str) -> NoReturn:
    """Ends the run and turns to another page, as ``st.switch_page`` does, by its hash."""
    context = get_script_run_ctx()
    assert context is not None
    raise RerunException(
        RerunData(
            query_string=context.query_string,
            page_script_hash=page_script_hash,
            cached_message_hashes=context.cached_message_hashes,
            context_info=context.context_info,
        )
    )


def _has_click(states: WidgetStates | None) -> bool:
    return states is not None and any(map(_has_active_trigger_value, states.widgets))
