"""Streamlit's sessions without a server and a browser."""

from __future__ import annotations

import asyncio

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache


def opened(page: str) -> AppSession:
    """A session whose first run has been asked for; call it within a loop."""
    session = AppSession(
        ScriptData(page), MemoryUploadedFileManager("/"), ScriptCache(), lambda: None, {"email": "nobody"}
    )
    session.request_rerun(None)
    return session


async def ended(session: AppSession) -> list[ForwardMsg]:
    messages: list[ForwardMsg] = []
    while session._scriptrunner is not None:
        await asyncio.sleep(0.01)
        messages += session.flush_browser_queue()
    return messages


def shown_word(message: ForwardMsg) -> str:
    """What a message shows or says; empty for others."""
    kind = message.WhichOneof("type")
    if kind == "delta":
        return str(message.delta.new_element.markdown.body)
    return str(kind) if kind in ("auto_rerun", "script_finished") else ""
