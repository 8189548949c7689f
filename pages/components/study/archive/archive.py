"""A study from an archive: which server, which study, which series; then it opens as an upload does."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session import identity
from pages.components.session.state import SessionState
from pages.components.study.archive.found_studies import found_studies
from pages.components.study.archive.query_form import query_form
from pages.components.study.archive.retrieval import retrieval
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library
from spine_core.pacs.errors import PacsError
from spine_core.pacs.servers import Server, configuration, configured_servers

PRIVATE = (
    "What is fetched lies in a private folder of the computer that runs SpineLens, and is deleted when the study is "
    "closed."
)


def archives_configured() -> bool:
    """Whether somebody has named servers; until then the page does not mention archives."""
    return configuration().is_file()


def archive_panel(store: SessionState) -> None:
    """Who, which server, which study, which series."""
    try:
        servers = {one.name: one for one in configured_servers()}
    except PacsError as error:
        st.error(as_sentence(error), icon=":material/error:")
        return
    if not servers:
        st.caption(f"{configuration().name} names no server.")
        return
    if not _may_ask(store):
        st.info("Sign in on the page Library first: an archive holds patient data.", icon=":material/lock:")
        return
    server = _chosen(servers)
    query_form(store, server)
    chosen = found_studies(store, server)
    if chosen is not None:
        retrieval(store, server, chosen)
    st.caption(PRIVATE)


def _chosen(servers: dict[str, Server]) -> Server:
    names = list(servers)
    return servers[st.selectbox("Archive", names, key="archive-server", width=320)]


def _may_ask(store: SessionState) -> bool:
    """Where people sign in, only who has."""
    if not identity.sign_in_configured():
        return True
    try:
        return identity.current_person(store, open_library()) is not None
    except LibraryError:
        return False
